"""Read a table into its online index."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from sandbox.servers.features import column_types
from sandbox.servers.features.column_types import family
from sandbox.servers.features.database import quote, run, stored
from sandbox.servers.features.index import NULL, TableIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.servers.features.database import Cursor
    from sandbox.servers.features.definitions import Column, Definition


def build(
    cursor: Cursor, table: str, definition: Definition, columns: Sequence[Column]
) -> TableIndex:
    """Read every row of `table`; `columns` are all columns that it has."""
    import nanoarrow as na  # noqa: PLC0415 - a server without rows starts without it

    features = feature_columns(definition, columns)
    held: list[array[float] | list[Any]] = [
        array("d", (NULL,)) if _is_float(column) else [None] for column in features
    ]
    moment = f"epoch_us({quote(definition.event_timestamp)})"
    keys = _keys(definition, columns)
    order = f"FROM {stored(table)} ORDER BY {', '.join(keys)}, {moment}"
    times = array("q", (0,))
    floats = [index for index, column in enumerate(features) if _is_float(column)]
    read = [moment, *(f"coalesce({_served(features[i])}, 'nan'::DOUBLE)" for i in floats)]
    for batch in na.ArrayStream(cursor.sql(f"SELECT {', '.join(read)} {order}")):
        first, *others = batch.iter_children()
        times.frombytes(_values(first))
        for place, child in zip(floats, others, strict=True):
            held[place].frombytes(_values(child))  # type: ignore[union-attr] # an array, see above
    _read_others(cursor, features, held, order)
    return TableIndex(
        tuple(column.name for column in features), held, times, _spans(cursor, table, keys)
    )


def read_added(
    cursor: Cursor, source: str, definition: Definition, columns: Sequence[Column]
) -> list[tuple[Any, int, Sequence[Any]]]:
    """Give the rows of `source` as TableIndex.add takes them: key, event timestamp, features."""
    keys = _keys(definition, columns)
    read = [_served(column) for column in feature_columns(definition, columns)]
    moment = f"epoch_us({quote(definition.event_timestamp)})"
    rows = run(cursor, f"SELECT {', '.join([*keys, moment, *read])} FROM {source}")
    width = len(keys)
    return [(row[0] if width == 1 else row[:width], row[width], row[width + 1 :]) for row in rows]


def feature_columns(definition: Definition, columns: Sequence[Column]) -> list[Column]:
    """Give the columns that are features: all but the entity's and the event timestamp."""
    return [column for column in columns if column.name not in definition.keys]


def _is_float(column: Column) -> bool:
    return family(column.type) in ("float", "decimal")


def _served(column: Column) -> str:
    return column_types.served(quote(column.name), column.type)


def _keys(definition: Definition, columns: Sequence[Column]) -> list[str]:
    types = {column.name: column.type for column in columns}
    return [column_types.key(quote(name), types[name]) for name in definition.entity]


def _values(child: Any) -> bytes:
    """Give the eight-byte values of an Arrow array without nulls."""
    start = child.offset * 8
    return bytes(child.buffer(1))[start : start + len(child) * 8]


def _read_others(cursor: Cursor, features: Sequence[Column], held: list[Any], order: str) -> None:
    """Read the columns that are no floats, through Python values."""
    places = [index for index, column in enumerate(features) if not _is_float(column)]
    if not places:
        return
    rows = run(cursor, f"SELECT {', '.join(_served(features[i]) for i in places)} {order}")
    for place, values in zip(places, zip(*rows, strict=True), strict=False):
        held[place].extend(values)


def _spans(cursor: Cursor, table: str, keys: Sequence[str]) -> dict[Any, tuple[int, int]]:
    chosen = ", ".join(keys)
    counted = run(
        cursor,
        f"SELECT {chosen}, count(*) FROM {stored(table)} GROUP BY {chosen} ORDER BY {chosen}",
    )
    spans = {}
    first = 1
    for row in counted:
        after = first + row[-1]
        spans[row[0] if len(row) == 2 else row[:-1]] = (first, after)  # noqa: PLR2004 - key, count
        first = after
    return spans
