"""Finding signals: folders of `labeling_functions/`, and those that came with an import."""

from __future__ import annotations

import importlib
import linecache
import pkgutil
import sys
import threading
import traceback
import types
from contextlib import redirect_stdout, suppress
from pathlib import Path

from labeling.errors import LabelingError, SignalError
from labeling.functions import given_votes
from labeling.shards import Store
from labeling.signals import NAME, Signal

_loading = threading.RLock()
"""Loading changes sys.modules: one thread at a time."""
Stamp = tuple[tuple[str, int, int], ...]


def signal_names(folder: Path, store: Store) -> list[str]:
    """Return the names of all signals, sorted."""
    authored = {path.parent.name for path in folder.glob("*/__init__.py")}
    files = [key.rsplit("/", 1)[1] for key in store.keys("signals")]  # folders: delivered ones
    imported = {name.removesuffix(".json") for name in files if name.endswith(".json")}
    return sorted(authored | imported)


def load_signal(name: str, folder: Path, store: Store) -> Signal:
    """Return a signal with its functions: the folder's, else one that came with an import.

    Raises SignalError where there is none, its code does not import, or it defines no signal of
    that name.
    """
    if NAME.fullmatch(name) and (folder / name / "__init__.py").is_file():
        with _loading:
            return _from_code(name, folder)
    key = f"signals/{name}.json"
    if NAME.fullmatch(name) and store.exists(key):
        stored = store.read_json(key)
        signal = Signal(
            stored["name"],
            classes=stored["classes"],
            guideline=stored["guideline"],
            balance=stored.get("balance"),  # older ones have none
        )
        if not stored["functions"]:
            raise SignalError(
                f"The signal {name!r} has no labeling functions, because its pins came without votes; "
                f"write some in {folder / name / '__init__.py'}, with "
                f"Signal({name!r}, classes={list(signal.classes)})."
            )
        signal.add(*(given_votes(f, number) for number, f in enumerate(stored["functions"])))
        return signal
    known = ", ".join(signal_names(folder, store)) or "none yet"
    file = folder / f"{name}.py"
    move = NAME.fullmatch(name) and file.is_file()
    raise SignalError(
        f"There is no signal {name!r} (there are: {known}); a signal is a folder in {folder} with "
        "an __init__.py" + (f": move {file} to {folder / name / '__init__.py'}." if move else ".")
    )


def check_given_signal(
    folder: Path,
    store: Store,
    name: str,
    classes: tuple[str, ...],
    functions: tuple[str, ...],
    balance: list[float] | None = None,
) -> None:
    """Raises SignalError where a signal that comes with an import could not be loaded again, or would
    give the votes and the gold of one that is there other classes. More classes at the end may come;
    one that brings no votes may be written in the folder."""
    Signal(name, classes=list(classes), balance=balance)
    if functions and (folder / name / "__init__.py").is_file():
        raise SignalError(
            f"The signal {name!r} in {folder} would hide the one that comes with this import; "
            "import it under another name."
        )
    key = f"signals/{name}.json"
    before = tuple(store.read_json(key)["classes"]) if store.exists(key) else ()
    if classes[: len(before)] != before:
        raise SignalError(
            f"The signal {name!r} came with the classes {', '.join(before)}, and this import has "
            f"{', '.join(classes)}; import it under another name."
        )


def save_given_signal(
    store: Store,
    name: str,
    classes: tuple[str, ...],
    functions: tuple[str, ...],
    balance: list[float] | None = None,
) -> None:
    """Keep a signal whose votes come with its pins. Without a balance it keeps the one that it had."""
    key = f"signals/{name}.json"
    if balance is None and store.exists(key):
        before = store.read_json(key)
        balance = before.get("balance") if len(before["classes"]) == len(classes) else None
    Signal(name, classes=list(classes), balance=balance)  # refuses what could not be loaded again
    value = {"name": name, "classes": classes, "functions": functions, "guideline": ""}
    store.write_json(key, value if balance is None else value | {"balance": balance})


def _from_code(name: str, folder: Path) -> Signal:
    package = f"{folder.name}.{name}"
    _forget_stale(folder)
    try:
        importlib.invalidate_caches()
        with redirect_stdout(sys.stderr):  # what an author prints is not the command's answer
            module = importlib.import_module(package)
            for found in sorted(pkgutil.iter_modules(module.__path__), key=lambda info: info.name):
                importlib.import_module(f"{package}.{found.name}")
    except LabelingError as error:
        _loaded.pop(folder.name, None)  # half imported: the next try starts anew
        raise SignalError(f"{_place(error, folder)}: {error}") from error
    except (Exception, SystemExit) as error:
        _loaded.pop(folder.name, None)
        message = f"{type(error).__name__}: {error}"
        raise SignalError(
            f"The signal {name!r} does not import: {_place(error, folder)}: {message}."
        ) from error
    signals = {id(v): v for v in vars(module).values() if isinstance(v, Signal) and v.name == name}
    if len(signals) != 1:
        raise SignalError(
            f"{folder / name / '__init__.py'} defines {len(signals)} signals named {name!r}; it must "
            f"hold one, e.g. {name} = Signal({name!r}, classes=[...])."
        )
    signal = next(iter(signals.values()))
    if not len(signal):
        raise SignalError(
            f"The signal {name!r} has no labeling functions; add some in {folder / name}."
        )
    return signal


_loaded: dict[str, tuple[Path, Stamp]] = {}
"""Package name -> the folder it was last loaded from, and how its files looked then."""


_added: list[str] = []
"""What this module put on sys.path."""


def stamp_of(folder: Path) -> Stamp:
    """Return how the Python files in a folder look now: path, time of change, size."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        try:
            seen = path.stat()
        except FileNotFoundError:  # an editor is just replacing it
            continue
        found.append((str(path), seen.st_mtime_ns, seen.st_size))
    return tuple(found)


def _forget_stale(folder: Path) -> None:
    """Forget the modules of a folder whose files changed, or of one of the same name elsewhere, so
    that an author sees an edit at once and two workspaces in one process keep their own code."""
    stamp = stamp_of(folder)
    before = _loaded.get(folder.name)
    if before != (folder, stamp) or str(folder.parent) not in sys.path:
        for name in [n for n in sys.modules if n.split(".")[0] == folder.name]:
            del sys.modules[name]
        while _added:
            with suppress(ValueError):
                sys.path.remove(_added.pop())
        if sys.path[:1] != [str(folder.parent)]:
            sys.path.insert(0, str(folder.parent))
            _added.append(str(folder.parent))
        if not (folder / "__init__.py").exists():  # else any other of this name on the path wins
            sys.modules[folder.name] = types.ModuleType(folder.name)
            sys.modules[folder.name].__path__ = [str(folder)]
        linecache.checkcache()  # fingerprints read the source through it
        _loaded[folder.name] = (folder, stamp)


def _place(error: BaseException, folder: Path) -> str:
    """Return file and line where an author's code failed, as far as the traceback knows."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if str(folder) in f.filename]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else str(folder)
