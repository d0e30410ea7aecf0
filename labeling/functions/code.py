"""A function's code -> a fingerprint that changes when what it computes may change.

It covers the function's own syntax tree (comments, formatting and docstring do not count), its
defaults, and every global and closure value it names: constants by value, functions and classes of
the author's own package by their code, modules and what is installed by name.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import re
import textwrap
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labeling.fingerprints import fingerprint

PLAIN = (str, bytes, int, float, complex, bool, type(None))


def code_fingerprint(function: Callable[..., Any]) -> str:
    """Return the fingerprint of a function's code and of all it refers to."""
    return fingerprint(_describe_callable(function, {}))


def value_fingerprint(value: Any) -> str:
    """Return the fingerprint of a value that a function refers to."""
    return fingerprint(_describe(value, {}))


Seen = dict[int, tuple[int, Any]]
"""id -> (how many were seen before it, the value: kept, so that no other takes its id)."""


def _describe(value: Any, seen: Seen) -> Any:
    """Return a JSON value that stands for any value; `seen` ends recursion in cycles."""
    if isinstance(value, PLAIN):
        return [type(value).__name__, repr(value)]
    if id(value) in seen:
        return ["seen", seen[id(value)][0]]
    seen[id(value)] = (len(seen), value)
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *(_describe(item, seen) for item in value)]
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(repr(_describe(item, dict(seen))) for item in value)]
    if isinstance(value, dict):
        pairs = [[repr(_describe(key, dict(seen))), _describe(v, seen)] for key, v in value.items()]
        return ["dict", *sorted(pairs, key=lambda pair: pair[0])]
    if isinstance(value, re.Pattern):
        return ["pattern", repr(value.pattern), value.flags]
    if isinstance(value, types.ModuleType):
        return ["module", value.__name__, _file_digest(value) if _is_authored(value) else ""]
    if isinstance(value, functools.partial):
        return ["partial", *(_describe(v, seen) for v in (value.func, value.args, value.keywords))]
    if callable(value) or inspect.isclass(value):
        return _describe_callable(value, seen)
    return _describe_object(value, seen)


def _describe_callable(function: Any, seen: Seen) -> Any:
    if isinstance(function, types.MethodType):
        return [
            "method",
            *(_describe(part, seen) for part in (function.__func__, function.__self__)),
        ]
    inner = function
    while hasattr(inner, "__wrapped__") and not isinstance(inner, types.FunctionType):
        inner = inner.__wrapped__  # functools.cache; an author's own wrapper is code that counts
    name = f"{getattr(inner, '__module__', '')}.{getattr(inner, '__qualname__', type(inner))}"
    if not _is_authored(inspect.getmodule(inner)):
        return ["installed", name]
    if inspect.isclass(inner):
        parts = [getattr(p, "__func__", getattr(p, "fget", p)) for p in vars(inner).values()]
        code = [_describe(p, seen) for p in parts if isinstance(p, types.FunctionType)]
        return ["class", name, _syntax(inner), code, [_describe(b, seen) for b in inner.__bases__]]
    if not isinstance(inner, types.FunctionType):
        return _describe_object(inner, seen)
    named = _names(inner.__code__)
    closure = inspect.getclosurevars(inner)
    used = {**closure.globals, **closure.nonlocals}
    used |= {name: inner.__globals__[name] for name in named if name in inner.__globals__}
    return [
        "function",
        _syntax(inner),
        _describe([inner.__defaults__, inner.__kwdefaults__], seen),
        [[key, _describe_used(used[key], named, seen)] for key in sorted(used)],
    ]


def _describe_used(value: Any, named: set[str], seen: Seen) -> Any:
    """Describe a value that a function names; of the author's modules, what it names of them."""
    if not isinstance(value, types.ModuleType) or not _is_authored(value):
        return _describe(value, seen)
    found = sorted(named & vars(value).keys())
    return ["module", [[key, _describe_used(vars(value)[key], named, seen)] for key in found]]


def _names(code: types.CodeType) -> set[str]:
    """Return the global names in a code object and in those nested in it."""
    nested = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*(_names(c) for c in nested))


def _describe_object(value: Any, seen: Seen) -> Any:
    """An instance: its type, its attributes where it has them, else its repr."""
    kind = _describe(type(value), seen)
    if hasattr(value, "tobytes") and hasattr(value, "dtype"):
        digest = hashlib.sha256(value.tobytes()).hexdigest()
        return [kind, str(value.dtype), list(value.shape), digest]
    if getattr(value, "__dict__", None):
        return [kind, _describe(vars(value), seen)]
    text = repr(value)
    return [kind, "" if " at 0x" in text else text]


def _syntax(code: Any) -> str:
    """Return the syntax tree without docstrings, or the bytecode where there is no source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(code, "__code__", code))))
    except (OSError, SyntaxError, TypeError):
        inner = getattr(code, "__code__", None)
        return _bytecode(inner) if inner else repr(code)
    if isinstance(tree.body[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        tree.body[0].decorator_list = []  # `@spam.function(name=...)` is not what it computes
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)


def _bytecode(code: types.CodeType) -> str:
    """Return the instructions with the names and constants they use, and of those nested in it."""
    parts = (
        _bytecode(c) if isinstance(c, types.CodeType) else repr(_describe(c, {}))
        for c in code.co_consts
    )
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {list(parts)}"


def _is_authored(module: types.ModuleType | None) -> bool:
    """Whether a module is the author's own: not the standard library, nor installed, nor ours."""
    if module is None or module.__name__ == "__main__":
        return True
    file = getattr(module, "__file__", None)
    if not file or module.__name__.split(".")[0] == "labeling":
        return False
    parts = Path(file).parts
    installed = "site-packages" in parts or "dist-packages" in parts
    return not installed and not file.startswith(_STANDARD_LIBRARY)


def _file_digest(module: types.ModuleType) -> str:
    return hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest()


_STANDARD_LIBRARY = str(Path(inspect.__file__).parent)
