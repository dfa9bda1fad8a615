"""Read-only SQL over the tables: one SELECT, which sees neither files nor the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from sandbox.servers.features import arrow
from sandbox.servers.features.column_types import WITH_ZONE
from sandbox.servers.features.database import Cursor, quote, transaction
from sandbox.servers.features.refusal import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable

READS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request."""

    query: str


def as_arrow(cursor: Cursor, text: str) -> bytes:
    """Run a query and give an Arrow IPC stream; raises BadRequest with DuckDB's words."""
    return _read(cursor, text, arrow.write)


def as_json(cursor: Cursor, text: str) -> bytes:
    """Run a query and give its rows as a JSON list of objects; raises as as_arrow does.

    Timestamps with a zone are ISO 8601 text in UTC; NaN and infinity are null.
    """
    return _read(cursor, text, _json_rows)


def _read(cursor: Cursor, text: str, give: Callable[[duckdb.DuckDBPyRelation], bytes]) -> bytes:
    try:
        _check(cursor, text)
        # A SELECT may hold an INSERT in its WITH: the transaction, not the parser, forbids writing.
        with transaction(cursor, read_only=True):
            return give(cursor.sql(text))
    except duckdb.Error as error:
        raise BadRequest(str(error)) from error


def _check(cursor: Cursor, text: str) -> None:
    statements = cursor.extract_statements(text)
    if len(statements) != 1:
        raise BadRequest(f"one statement is wanted, here are {len(statements)}")
    kind = statements[0].type
    if kind not in READS:
        raise BadRequest(f"only SELECT is answered here, this is {kind.name}")


def _json_rows(relation: duckdb.DuckDBPyRelation) -> bytes:
    names = relation.columns
    plain = ", ".join(
        _plain(name, str(kind)) for name, kind in zip(names, relation.types, strict=True)
    )
    rows: list[Any] = relation.project(plain).fetchall()
    return msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows], enc_hook=str)


def _plain(name: str, kind: str) -> str:
    """Give the SQL that reads a column without pytz, which DuckDB asks for beside time zones."""
    quoted = quote(name)
    if kind == WITH_ZONE:
        return f"strftime({quoted} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS {quoted}"
    if WITH_ZONE in kind or kind in ("HUGEINT", "UHUGEINT", "TIME WITH TIME ZONE"):
        return f"CAST({quoted} AS VARCHAR) AS {quoted}"
    return quoted
