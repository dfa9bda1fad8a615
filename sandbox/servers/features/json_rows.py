"""Rows in JSON into the staging table, each column with the type that its values have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from sandbox.servers.features.database import literal, quote, run
from sandbox.servers.features.refusal import BadRequest
from sandbox.servers.features.staging import ROW, STAGING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.servers.features.database import Cursor

# What a JSON value is, where all numbers count as one.
KIND = "CASE json_type({0}) WHEN 'UBIGINT' THEN 'DOUBLE' WHEN 'BIGINT' THEN 'DOUBLE' ELSE json_type({0}) END"


def stage(cursor: Cursor, rows: Sequence[dict[str, Any]]) -> None:
    """Put rows into the staging table, numbered from 1; a key that a row lacks is null.

    Raises BadRequest where there are none, and where a column's values are of different types.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise BadRequest("there are no rows")
    run(
        cursor,
        f"CREATE OR REPLACE TEMP TABLE documents AS SELECT row_number() OVER () AS"
        f" {quote(ROW)}, document FROM (SELECT unnest(from_json(?, '[\"JSON\"]')) AS document)",
        [msgspec.json.encode(rows).decode()],
    )
    try:
        read = _read(cursor, names)
        run(
            cursor,
            f"CREATE OR REPLACE TEMP TABLE {STAGING} AS SELECT {quote(ROW)}, {', '.join(read)}"
            f" FROM documents ORDER BY {quote(ROW)}",
        )
    except duckdb.Error as error:
        raise BadRequest(f"the rows cannot be read: {error}") from error
    finally:
        run(cursor, "DROP TABLE documents")


def _read(cursor: Cursor, names: Sequence[str]) -> list[str]:
    """Give the SQL that reads each column with the type that was found in it."""
    values = {name: f"(document->{literal(_pointer(name))})" for name in names}
    groups = ", ".join(f"json_group_structure({value})" for value in values.values())
    shapes = run(cursor, f"SELECT {groups} FROM documents")[0]
    typed = []
    for (name, value), shape in zip(values.items(), shapes, strict=True):
        _check_shape(cursor, name, value, shape)
        typed.append(f"{_typed(value, shape)} AS {quote(name)}")
    return typed


def _typed(value: str, shape: str | None) -> str:
    if shape in (None, '"NULL"'):
        return "CAST(NULL AS JSON)"
    whole = shape.replace('"UBIGINT"', '"BIGINT"')
    return f"json_transform_strict({value}, {literal(whole)})"


def _check_shape(cursor: Cursor, name: str, value: str, shape: str | None) -> None:
    if shape == '"JSON"':
        row = _first(cursor, f"{KIND.format(value)} NOT IN ('NULL', {_first_kind(value)})")
        raise BadRequest(
            f"column {name!r}, row {row}: the value is of another type than those before it"
        )
    if shape == '"UBIGINT"':
        row = _first(cursor, f"CAST({value} AS HUGEINT) > 9223372036854775807")
        if row is not None:
            raise BadRequest(f"column {name!r}, row {row}: the value does not fit 64 bits")


def _first(cursor: Cursor, condition: str) -> int | None:
    ((row,),) = run(cursor, f"SELECT min({quote(ROW)}) FROM documents WHERE {condition}")
    return None if row is None else int(row)


def _first_kind(value: str) -> str:
    kind = KIND.format(value)
    return (
        f"(SELECT arg_min({kind}, {quote(ROW)}) FROM documents"
        f" WHERE {value} IS NOT NULL AND json_type({value}) != 'NULL')"
    )


def _pointer(name: str) -> str:
    """Give the JSON pointer (RFC 6901) of a key."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
