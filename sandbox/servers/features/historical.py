"""Point-in-time reads: to each entity row, the features as they were known at its own time.

The rule is that of online reads: the newest row at or before the moment, no older than the table's
time to live. Every entity row comes back, in order; what was not known then is NULL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.errors import nearest
from sandbox.servers.features import arrow, check, upload
from sandbox.servers.features.column_types import SPOKEN, family
from sandbox.servers.features.database import Cursor, quote, run, stored
from sandbox.servers.features.definitions import Column, Reference, group, output_name
from sandbox.servers.features.refusal import BadRequest
from sandbox.servers.features.staging import ROW, STAGING
from sandbox.servers.features.table import Table, look_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EVENT_TIMESTAMP = "event_timestamp"
MOMENT = "moment of the row"
JOINED = "joined"


@dataclass(frozen=True, slots=True)
class HistoricalRequest:
    """What is asked for: features, under which names, and the column that holds each row's time."""

    references: tuple[Reference, ...]
    event_timestamp: str = EVENT_TIMESTAMP
    full_feature_names: bool = False


@dataclass(frozen=True, slots=True)
class Joined:
    """An Arrow IPC stream, how many rows it has, and of how many each table knew nothing.

    `notes` say what was assumed about the entity rows.
    """

    body: bytes
    rows: int
    without: dict[str, int]
    notes: list[str]


def join(
    cursor: Cursor,
    tables: Mapping[str, Table],
    request: HistoricalRequest,
    rows: upload.Upload,
) -> Joined:
    """Join features to uploaded entity rows; raises BadRequest or NotFound."""
    columns = upload.stage(cursor, rows)
    grouped = group(list(request.references))
    asked = {name: look_up(tables, name) for name in grouped}
    for name, features in grouped.items():
        _check(asked[name], features, columns)
    _check_names(request, columns)
    _stage_moments(cursor, request.event_timestamp, columns)
    _join(cursor, asked, request)
    rows_and_gaps = ", ".join(["count(*)", *(_without(name) for name in asked)])
    ((total, *without),) = run(cursor, f"SELECT {rows_and_gaps} FROM {JOINED}")
    hidden = ", ".join(map(quote, [MOMENT, ROW, *map(_known, asked)]))
    answer = cursor.sql(f"SELECT * EXCLUDE ({hidden}) FROM {JOINED} ORDER BY {quote(ROW)}")
    notes = check.notes(cursor, request.event_timestamp, columns)
    return Joined(arrow.write(answer), total, dict(zip(asked, without, strict=True)), notes)


def _join(cursor: Cursor, asked: Mapping[str, Table], request: HistoricalRequest) -> None:
    """Put the rows with their features, and with whether each table knew them, into a table."""
    picks = [
        _pick(asked[reference.table], reference.feature, full=request.full_feature_names)
        for reference in request.references
    ]
    known = [f"{_holds(table)} AS {quote(_known(name))}" for name, table in asked.items()]
    grouped = group(list(request.references))
    sources = [_source(asked[name], features) for name, features in grouped.items()]
    run(
        cursor,
        f"CREATE OR REPLACE TEMP TABLE {JOINED} AS SELECT rows.*, {', '.join([*picks, *known])}"
        f" FROM moments AS rows {' '.join(sources)}",
    )


def _check(table: Table, features: Sequence[str], columns: Sequence[Column]) -> None:
    """Raise where a feature is not there, or an entity column is missing or of another type."""
    for feature in features:
        table.feature(feature)
    types = {column.name: column.type for column in columns}
    for name in table.definition.entity:
        if name not in types:
            hint = nearest(name, types)
            raise BadRequest(f"column {name!r}, an entity of {table.name}, is missing: {hint}")
        wanted, sent = family(table.column_type(name)), family(types[name])
        if wanted != sent:
            raise BadRequest(
                f"column {name!r} holds {SPOKEN[sent]}; in {table.name} it holds {SPOKEN[wanted]}"
            )


def _check_names(request: HistoricalRequest, columns: Sequence[Column]) -> None:
    taken = {column.name.lower() for column in columns}
    for each in request.references:
        name = output_name(each.table, each.feature, full=request.full_feature_names)
        if name.lower() in taken:
            raise BadRequest(
                f"feature {each.table}:{each.feature} would be a second column {name!r}: "
                "rename the column, or ask with full_feature_names=true"
            )


def _stage_moments(cursor: Cursor, name: str, columns: Sequence[Column]) -> None:
    """Put the moment of each row beside it; raises BadRequest naming the row that has none."""
    types = {column.name: column.type for column in columns}
    if name not in types:
        raise BadRequest(f"column {name!r}, the rows' time, is missing: {nearest(name, types)}")
    if family(types[name]) not in ("time", "text"):
        raise BadRequest(f"column {name!r} holds {SPOKEN[family(types[name])]}, not timestamps")
    bad = f"FROM {STAGING} WHERE {check.no_moment(quote(name))}"
    ((row,),) = run(cursor, f"SELECT min({quote(ROW)}) {bad}")
    if row is not None:
        raise BadRequest(f"column {name!r}, row {row}: the value is no moment in time")
    run(
        cursor,
        f"CREATE OR REPLACE TEMP TABLE moments AS SELECT *,"
        f" CAST({quote(name)} AS TIMESTAMPTZ) AS {quote(MOMENT)} FROM {STAGING}",
    )


def _alias(table: str) -> str:
    return quote(f"table {table}")


def _known(table: str) -> str:
    return f"known by {table}"


def _without(table: str) -> str:
    return f"count(*) FILTER (WHERE NOT {quote(_known(table))})"


def _pick(table: Table, feature: str, *, full: bool) -> str:
    name = output_name(table.name, feature, full=full)
    return (
        f"CASE WHEN {_holds(table)} THEN {_alias(table.name)}.{quote(feature)} END AS {quote(name)}"
    )


def _holds(table: Table) -> str:
    """Give the SQL that tells whether the row that was found holds at the moment asked for."""
    alias = _alias(table.name)
    ttl = table.definition.ttl
    if ttl is None:
        return f"({alias}.moment IS NOT NULL)"
    return f"coalesce(epoch_us(rows.{quote(MOMENT)}) - epoch_us({alias}.moment) <= {ttl}, false)"


def _source(table: Table, features: Sequence[str]) -> str:
    """Give the join with one table; a write leaves no two rows of one entity and moment."""
    alias = _alias(table.name)
    entity = table.definition.entity
    read = ", ".join(quote(name) for name in (*entity, *features))
    moment = quote(table.definition.event_timestamp)
    same = [f"rows.{quote(name)} = {alias}.{quote(name)}" for name in entity]
    same.append(f"rows.{quote(MOMENT)} >= {alias}.moment")
    return (
        f"ASOF LEFT JOIN (SELECT {read}, {moment} AS moment FROM {stored(table.name)})"
        f" AS {alias} ON {' AND '.join(same)}"
    )
