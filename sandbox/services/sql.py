"""Ask DuckDB and get plain values: times as ISO 8601 text in UTC, NaN and infinity as None."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sandbox.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# What JSON cannot hold, and what stands for it.
PLAIN: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (datetime, _moment),
    (date, lambda day: day.isoformat()),
    (time, lambda clock: clock.isoformat()),
    (timedelta, timedelta.total_seconds),
    (Decimal, float),
    (UUID, str),
    (bytes, lambda content: content.decode(errors="backslashreplace")),
)

# What a query's answer is called while it is read; no table of a user's has this name.
ITSELF = "sandbox_answer"

WITH_ZONE = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True, slots=True)
class Rows:
    """A query's answer: column names, and rows of values that JSON can hold."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Give each row by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def connect() -> duckdb.DuckDBPyConnection:
    """Open a DuckDB in memory whose session speaks UTC."""
    import duckdb  # noqa: PLC0415 - 70 ms

    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'").fetchall()
    return connection


def query(connection: duckdb.DuckDBPyConnection, text: str, *, limit: int | None = None) -> Rows:
    """Run one statement and fetch its rows, at most `limit` of them.

    Raises UsageError, with DuckDB's own words, where the statement is wrong.
    """
    import duckdb  # noqa: PLC0415 - 70 ms

    try:
        statements = connection.extract_statements(text)
        if len(statements) != 1:
            raise UsageError(f"one statement is wanted, here are {len(statements)}")
        relation = connection.sql(text)
        if relation is None:
            return Rows((), ())
        names = tuple(relation.columns)
        # By place and not by name: two columns may have the same one.
        places = [f"c{place}" for place in range(len(names))]
        plain = ", ".join(map(_plain, places, map(str, relation.types)))
        chosen = cast(
            "duckdb.DuckDBPyRelation",
            relation.query(ITSELF, f"SELECT {plain} FROM {ITSELF} AS t({', '.join(places)})"),
        )
        fetched = chosen.fetchall() if limit is None else chosen.limit(limit).fetchall()
    except duckdb.Error as error:
        raise UsageError(f"SQL: {error}") from error
    return Rows(names, tuple(tuple(jsonable(value) for value in row) for row in fetched))


def _plain(name: str, kind: str) -> str:
    """Give moments as text: DuckDB 1 needs pytz to give them as they are."""
    if kind == WITH_ZONE:
        text = f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
        return f"replace({text}, '.000000Z', 'Z')"
    return name


def jsonable(value: Any) -> Any:
    """Give a value of DuckDB's as JSON can hold it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): jsonable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(each) for each in value]
    for kind, plain in PLAIN:
        if isinstance(value, kind):
            return plain(value)
    return value


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def create(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[tuple[str, Any, Sequence[Any]]],
    select: str = "*",
) -> None:
    """Make a table of Python values: (name, nanoarrow type, values) a column.

    `select` may turn them into other types on the way, as in `make_timestamptz(us) AS time`.
    """
    import nanoarrow as na  # noqa: PLC0415 - only here

    length = len(columns[0][2])
    array = na.c_array_from_buffers(
        na.struct({name: kind for name, kind, _ in columns}),
        length,
        [None],
        children=[na.c_array(values, kind) for _, kind, values in columns],
    )
    connection.register("incoming", na.ArrayStream(na.c_array_stream(array)))
    connection.execute(f"CREATE TABLE {table} AS SELECT {select} FROM incoming").fetchall()
    connection.unregister("incoming")
