"""The online index against the plainest possible one."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from sandbox.servers.features.index import NOBODY, TableIndex, empty

KEYS = st.sampled_from([1, 2, 3])
TIMES = st.integers(0, 12)
ADDED = st.lists(st.tuples(KEYS, TIMES, st.integers()), max_size=25)


def built(rows: dict[tuple[int, int], int]) -> TableIndex:
    """Give the index of rows, as one that was read from a table."""
    index = TableIndex(("x",), [[None]], array("q", (0,)), {})
    for key, at in sorted(rows):
        row = len(index.times)
        first, _ = index.spans.get(key, (row, row))
        index.spans[key] = (first, row + 1)
        index.times.append(at)
        index.columns[0].append(rows[key, at])
    return index


@given(base=ADDED, added=ADDED, key=KEYS, now=TIMES)
def test_finds_the_newest_row_there_is(
    base: list[tuple[int, int, int]],
    added: list[tuple[int, int, int]],
    key: int,
    now: int,
) -> None:
    """Rows read and rows added are one history: the newest at or before now, the last written."""
    rows = {(k, at): value for k, at, value in base}
    index = built(rows)
    for k, at, value in added:
        index.add(k, at, (value,))
        rows[k, at] = value
    known = [at for k, at in rows if k == key and at <= now]
    row = index.find(key, now)
    assert index.columns[0][row] == (rows[key, max(known)] if known else None)
    assert (row == NOBODY) == (not known)


def test_an_empty_index_finds_nobody() -> None:
    """Without rows there is nobody, at any time."""
    assert empty(("x",)).find("a", 5) == NOBODY
