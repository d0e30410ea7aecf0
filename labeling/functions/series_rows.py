"""Row objects that behave as the Series of `DataFrame.iterrows()` at a fraction of its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd


class SeriesRows:
    """The rows of a frame, again and again: each iteration sees them as the frame has them."""

    def __init__(self, frame: pd.DataFrame, columns: Sequence[Sequence[Any]]) -> None:
        """`columns` are the frame's values."""
        self._type = _row_type(frame)
        self._values = list(zip(*columns, strict=True))
        self._rows = [self._type(number, row) for number, row in enumerate(self._values)]

    def __iter__(self) -> Iterator[Any]:
        """Yield a row object per row: values by attribute and by item are at hand, and for all else
        the row becomes the Series that `iterrows` would have given."""
        for number, row in enumerate(self._rows):
            if row._values is None:  # it became a Series, which may have been changed since
                row = self._rows[number] = self._type(number, self._values[number])
            yield row


def _row_type(frame: pd.DataFrame) -> type[_Row]:
    positions = {str(name): number for number, name in enumerate(frame.columns)}
    fields = {
        name: property(_field(name, number))
        for name, number in positions.items()
        if not hasattr(pd.Series, name)  # row.index is the Series' own, as ever
    }
    own = {"__slots__": (), "_frame": frame, "_at": positions}
    return type("Series", (_Row,), own | fields)


class _Row:
    __slots__ = ("_number", "_series", "_values")
    _frame: pd.DataFrame
    _at: dict[str, int]

    def __init__(self, number: int, values: tuple[Any, ...]) -> None:
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_values", values)

    def __getitem__(self, key: Any) -> Any:
        if self._values is not None and type(key) is str and key in self._at:
            return self._values[self._at[key]]
        return _become(self)[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(_become(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_become(self), name, value)

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # isinstance(row, pd.Series) holds
        return pd.Series


def _become(row: Any) -> pd.Series:
    """Return the real Series, which the row stands for from now on."""
    if row._values is not None:
        number = row._number
        _, series = next(row._frame.iloc[number : number + 1].iterrows())
        object.__setattr__(row, "_series", series)
        object.__setattr__(row, "_values", None)
    found: pd.Series = row._series
    return found


def _field(name: str, number: int) -> Callable[[_Row], Any]:
    def read(row: _Row) -> Any:
        return row._series[name] if row._values is None else row._values[number]

    return read


def _operation(name: str) -> Callable[..., Any]:
    def operate(row: _Row, *args: Any, **kwargs: Any) -> Any:
        return getattr(_become(row), name)(*args, **kwargs)

    return operate


_OWN = {*vars(_Row), "__getattribute__", "__new__", "__init_subclass__", "__subclasshook__"}
for _name in dir(pd.Series):
    if _name.startswith("__") and callable(getattr(pd.Series, _name)) and _name not in _OWN:
        setattr(_Row, _name, _operation(_name))
