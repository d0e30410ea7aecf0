"""A signal: one question about pins, with its classes, its guideline and its labeling functions."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, overload

from labeling.errors import FunctionError, SignalError
from labeling.functions.from_snorkel import from_snorkel, is_snorkel_function
from labeling.functions.function import LabelingFunction
from labeling.functions.on_batch import on_batch
from labeling.functions.on_pin import on_pin
from labeling.pins import Pin

if TYPE_CHECKING:
    import pandas as pd

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""Of a signal; one that is a folder of code is also a Python name."""
MAX_CLASSES = 127
"""Votes are int8."""
NO_LABEL = "no label"
"""Said where a pin has no label, no vote or no known label."""
NO_CLASS = "(no class)"
"""What a reviewer says of a pin that no class fits."""
NONE_FITS = "No class fits"
"""The same as people read it."""

PinFunction = Callable[[Pin], int]
FrameFunction = Callable[["pd.DataFrame"], Any]


class Signal:
    """One question about pins.

    >>> spam = Signal("spam", classes=["ok", "spam"], guideline="Would a person feel cheated?")
    >>> OK, SPAM = spam.labels
    >>> @spam.function
    ... def shouting(pin):
    ...     return SPAM if pin.title.isupper() else -1
    >>> spam
    Signal('spam', classes=['ok', 'spam'], functions=1)
    """

    def __init__(
        self,
        name: str,
        *,
        classes: list[str],
        guideline: str = "",
        balance: list[float] | None = None,
    ) -> None:
        """`balance` is about how frequent each class is among pins, where the author knows it; the
        label model assumes equally frequent classes otherwise, which misjudges rare ones.

        Raises SignalError for a bad name, fewer than 2, more than 127 or repeated classes, or a
        balance that is not one positive share for each.
        """
        if not NAME.fullmatch(name):
            raise SignalError(
                f"{name!r} cannot name a signal; use up to 64 letters, digits, '-', '_' or '.', "
                "starting with a letter or digit."
            )
        if isinstance(classes, str):
            raise SignalError(f"The signal {name!r} got one string for its classes; give a list.")
        names = [str(c) for c in classes]
        taken = next((word for word in (NO_LABEL, NO_CLASS) if word in names), None)
        if taken:
            raise SignalError(
                f"The signal {name!r} has a class {taken!r}, which is what is said of a pin without "
                "one; name it otherwise."
            )
        if not 2 <= len(names) <= MAX_CLASSES or len(set(names)) != len(names) or "" in names:
            raise SignalError(
                f"The signal {name!r} has the classes {names}; it needs 2 to {MAX_CLASSES}, each "
                "with a name of its own."
            )
        if balance is not None and (
            len(balance) != len(names) or min(balance) <= 0 or abs(sum(balance) - 1) > 0.01
        ):
            raise SignalError(
                f"The signal {name!r} has the balance {balance}; it needs a positive share for each "
                f"of its {len(names)} classes, adding up to 1."
            )
        self.name = name
        self.balance = None if balance is None else tuple(x / sum(balance) for x in balance)
        self.classes = tuple(names)
        self.guideline = inspect.cleandoc(guideline)
        self._functions: dict[str, LabelingFunction] = {}

    @property
    def labels(self) -> tuple[int, ...]:
        """The classes as votes: 0, 1, ... in the order of `classes`."""
        return tuple(range(len(self.classes)))

    @property
    def functions(self) -> tuple[LabelingFunction, ...]:
        """The labeling functions, in the order they were added."""
        return tuple(self._functions.values())

    def __iter__(self) -> Iterator[LabelingFunction]:
        return iter(self.functions)

    def __len__(self) -> int:
        return len(self._functions)

    def __getitem__(self, name: str) -> LabelingFunction:
        if name not in self._functions:
            close = difflib.get_close_matches(name, self._functions, n=1)
            meant = f"did you mean {close[0]!r}? It" if close else "it"
            known = ", ".join(self._functions)
            raise FunctionError(f"{self.name} has no function {name!r}; {meant} has {known}.")
        return self._functions[name]

    def __repr__(self) -> str:
        return f"Signal({self.name!r}, classes={list(self.classes)}, functions={len(self)})"

    def add(self, *functions: Any) -> None:
        """Register functions: declared ones, or Snorkel's LabelingFunction objects; all or none.

        Raises FunctionError for a name that is taken, or a vote that is no class of the signal.
        """
        added: dict[str, LabelingFunction] = {}
        for value in functions:
            function = from_snorkel(value) if is_snorkel_function(value) else value
            if not isinstance(function, LabelingFunction):
                raise FunctionError(
                    f"{self.name} cannot register {value!r}: it is a {type(value).__name__}, not a "
                    "labeling function; decorate it with @signal.function."
                )
            if function.name in self._functions or function.name in added:
                raise FunctionError(
                    f"{self.name} has two functions named {function.name!r}; rename one."
                )
            for vote in function.polarity or ():
                if vote >= len(self.classes):
                    raise FunctionError(
                        f"{function.name!r} votes {vote}, and {self.name} has the classes "
                        f"{', '.join(f'{n} {c}' for n, c in enumerate(self.classes))}."
                    )
            added[function.name] = function
        self._functions |= added

    def having(self, functions: Iterable[LabelingFunction]) -> Signal:
        """Return the same question with other functions."""
        signal = Signal(
            self.name,
            classes=list(self.classes),
            guideline=self.guideline,
            balance=None if self.balance is None else list(self.balance),
        )
        signal.add(*functions)
        return signal

    @overload
    def function(self, function: PinFunction) -> PinFunction: ...
    @overload
    def function(self, *, name: str) -> Callable[[PinFunction], PinFunction]: ...
    def function(self, function: PinFunction | None = None, *, name: str | None = None) -> Any:
        """Decorate a function on one pin: `@spam.function`, or `@spam.function(name="...")`."""
        return self._decorate(on_pin, function, name)

    @overload
    def batch_function(self, function: FrameFunction) -> FrameFunction: ...
    @overload
    def batch_function(self, *, name: str) -> Callable[[FrameFunction], FrameFunction]: ...
    def batch_function(
        self, function: FrameFunction | None = None, *, name: str | None = None
    ) -> Any:
        """Decorate a function on a DataFrame with a row per pin, returning one vote per row."""
        return self._decorate(on_batch, function, name)

    def _decorate(self, kind: Callable[..., LabelingFunction], function: Any, name: Any) -> Any:
        def register(decorated: Any) -> Any:
            declared = isinstance(decorated, LabelingFunction) or is_snorkel_function(decorated)
            if declared or not callable(decorated):
                raise FunctionError(
                    f"{self.name} cannot register {decorated!r}: decorate a plain function; "
                    "declared functions go to signal.add(...)."
                )
            if name is None and not hasattr(decorated, "__name__"):
                raise FunctionError(
                    f"{self.name} cannot name {decorated!r}; use @signal.function(name=...)."
                )
            self.add(kind(decorated, name))
            return decorated

        return register if function is None else register(function)
