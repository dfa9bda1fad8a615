"""The online index of one table: for each key its history, found by bisection.

Columns stand side by side in arrays, rows sorted by key and time, so that 300,000 rows of ten
floats take some 30 MB. Row 0 is nobody's and holds nothing: what is not found points there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

NOBODY = 0
NULL = float("nan")


@dataclass(slots=True)
class TableIndex:
    """The features of a table by key and event timestamp (microseconds since 1970).

    A key is a plain value, or a tuple where an entity has several columns. `columns` holds floats
    as array('d'), where NaN stands for null as well, and all else as lists. Every column begins
    with row 0. `spans` says between which rows the history of a key stands.
    """

    names: tuple[str, ...]
    columns: list[array[float] | list[Any]]
    times: array[int]
    spans: dict[Any, tuple[int, int]]
    # How many rows were put in since it was read; and the keys that were written to: their moments,
    # and the row of each.
    added: int = 0
    _grown: dict[Any, tuple[list[int], list[int]]] = field(default_factory=dict)

    def find(self, key: Any, now: int) -> int:
        """Give the row of the newest event at or before `now`, or NOBODY."""
        grown = self._grown.get(key)
        if grown is not None:
            moments, rows = grown
            place = bisect_right(moments, now)
            return rows[place - 1] if place else NOBODY
        span = self.spans.get(key)
        if span is None:
            return NOBODY
        first, after = span
        row = bisect_right(self.times, now, first, after) - 1
        return row if row >= first else NOBODY

    def add(self, key: Any, at: int, values: Sequence[Any]) -> None:
        """Put in a row; one of the same key and time is overtaken."""
        self.added += 1
        row = len(self.times)
        self.times.append(at)
        for column, value in zip(self.columns, values, strict=True):
            column.append(NULL if value is None and isinstance(column, array) else value)
        moments, rows = self._history(key)
        place = bisect_left(moments, at)
        if place < len(moments) and moments[place] == at:
            rows[place] = row
        else:
            moments.insert(place, at)
            rows.insert(place, row)

    def _history(self, key: Any) -> tuple[list[int], list[int]]:
        grown = self._grown.get(key)
        if grown is None:
            first, after = self.spans.get(key, (0, 0))
            grown = (list(self.times[first:after]), list(range(first, after)))
            self._grown[key] = grown
        return grown


def empty(names: tuple[str, ...] = ()) -> TableIndex:
    """Give the index of a table without rows."""
    return TableIndex(names, [[None] for _ in names], array("q", (0,)), {})
