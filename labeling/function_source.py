"""Where a labeling function is written, found in the files as text: no author's code is loaded."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class FunctionSource:
    """The code or the declaration of a function."""

    file: str
    """From the folder of all signals."""
    line: int
    code: str


def find_source(folder: Path, signal: str, function: str) -> FunctionSource | None:
    """Return where a function of a signal is written; None where its name stands nowhere, as with
    votes that came with the pins, and with functions that are made in a loop."""
    for path in sorted((folder / signal).rglob("*.py")):
        text = path.read_text("utf-8", "replace")
        try:
            tree = ast.parse(text)
        except SyntaxError:  # half an edit
            continue
        node = next(_nodes(tree, function), None)
        if node is not None:
            decorators = getattr(node, "decorator_list", [])
            first = min(part.lineno for part in (node, *decorators))
            lines = text.splitlines()[first - 1 : node.end_lineno]
            file = path.relative_to(folder).as_posix()
            return FunctionSource(file=file, line=first, code=_dedented(lines))
    return None


def _nodes(tree: ast.Module, name: str) -> Iterator[ast.stmt | ast.expr]:
    """Yield what defines a function of a name: coded ones before declared ones."""
    coded = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    yield from (n for n in coded if name in _given_names(n))
    yield from (n for n in coded if n.name == name and n.decorator_list)
    yield from (n for n in calls if n.args and _is(n.args[0], name) and not _makes_a_signal(n))
    yield from (n for n in calls if any(k.arg == "name" and _is(k.value, name) for k in n.keywords))


def _given_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[object]:
    """Return the names that decorators give: `@spam.function(name="...")`."""
    calls = [part for part in node.decorator_list if isinstance(part, ast.Call)]
    given = [word.value for call in calls for word in call.keywords if word.arg == "name"]
    return [value.value for value in given if isinstance(value, ast.Constant)]


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == name


def _makes_a_signal(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "Signal"


def _dedented(lines: list[str]) -> str:
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] if not line[:indent].strip() else line for line in lines)
