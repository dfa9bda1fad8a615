"""Whether uploaded rows fit their table: what is wrong is named by column and row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.errors import nearest
from sandbox.servers.features.column_types import (
    NUMBERS,
    SPOKEN,
    WITH_ZONE,
    WITHOUT_ZONE,
    family,
)
from sandbox.servers.features.database import Cursor, quote, run
from sandbox.servers.features.definitions import Column, Definition
from sandbox.servers.features.refusal import BadRequest
from sandbox.servers.features.staging import ROW, STAGING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# The types of columns that hold only nulls: in Arrow, and in JSON.
UNKNOWN = ('"NULL"', "JSON")
HAS_ZONE = r"([Zz]|[+-]\d\d(:?\d\d)?)$"


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `column` for which the SQL `bad` is true are refused, because of `reason`."""

    column: str
    bad: str
    reason: str


def fit(
    cursor: Cursor, definition: Definition, uploaded: Sequence[Column], present: Sequence[Column]
) -> tuple[Column, ...]:
    """Give the table's columns; `present` are those it has, none where it is yet to be made.

    Raises BadRequest where a column is missing, unknown or of a wrong type, and where a row's key
    is null or a value does not fit.
    """
    _check_names(definition, uploaded, present)
    if not present:
        _check_known(cursor, uploaded)
    wanted = present or tuple(_declared(definition, column) for column in uploaded)
    types = {column.name: column.type for column in uploaded}
    rules = [rule for column in wanted for rule in _rules(definition, column, types[column.name])]
    _check_rows(cursor, rules)
    return tuple(wanted)


def notes(cursor: Cursor, name: str, uploaded: Sequence[Column]) -> list[str]:
    """Say what was assumed about the staged rows, whose event timestamp is column `name`."""
    kind = next(column.type for column in uploaded if column.name == name)
    naive = "true" if kind in WITHOUT_ZONE else "false"
    if family(kind) == "text":
        naive = f"NOT regexp_matches({quote(name)}, '{HAS_ZONE}')"
    ((count,),) = run(cursor, f"SELECT count(*) FROM {STAGING} WHERE {naive}")
    return [f"{name}: {count} timestamps without a time zone were taken as UTC"] if count else []


def _check_names(
    definition: Definition, uploaded: Sequence[Column], present: Sequence[Column]
) -> None:
    sent = [column.name for column in uploaded]
    required = [column.name for column in present] or definition.keys
    for name in required:
        if name not in sent:
            raise BadRequest(f"column {name!r} is missing: {nearest(name, sent)}")
    known = {column.name for column in present}
    for name in sent:
        if present and name not in known:
            raise BadRequest(
                f"column {name!r} is not in the table: {nearest(name, known)}"
                " (mode=replace changes the columns)"
            )


def _declared(definition: Definition, column: Column) -> Column:
    """Give the type that a new table has for an uploaded column."""
    if column.name == definition.event_timestamp:
        return Column(column.name, WITH_ZONE)
    return column


def _check_known(cursor: Cursor, uploaded: Sequence[Column]) -> None:
    """Raise BadRequest where a table's first rows do not tell the type of a column."""
    for column in uploaded:
        if column.type in UNKNOWN:
            ((values,),) = run(cursor, f"SELECT count({quote(column.name)}) FROM {STAGING}")
            if not values:
                raise BadRequest(
                    f"column {column.name!r} holds only nulls, so its type is not known: send a "
                    "row that has a value, or send Parquet or Arrow with a type"
                )


def _rules(definition: Definition, column: Column, sent: str) -> Iterator[Rule]:
    name = quote(column.name)
    if column.name in definition.keys:
        yield Rule(column.name, f"{name} IS NULL", "is null; entity and event timestamp may not be")
    if column.name in definition.entity and family(column.type) in ("float", "list", "other"):
        reason = f"is {column.type}; an entity is text, whole numbers or dates"
        yield Rule(column.name, "true", reason)
    if sent != column.type:
        bad = f"{name} IS NOT NULL AND {_misfit(name, sent, column.type)}"
        spoken = SPOKEN[family(column.type)]
        yield Rule(column.name, bad, f"does not fit: the column holds {spoken} ({column.type})")
    if column.name == definition.event_timestamp:
        yield Rule(column.name, no_moment(name), "is no moment between the years 1 and 9999")


def no_moment(quoted: str) -> str:
    """Give the SQL that is true where a value is no moment that ISO 8601 can write."""
    return (
        f"coalesce(TRY_CAST({quoted} AS TIMESTAMPTZ) NOT BETWEEN"
        " TIMESTAMPTZ '0001-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00',"
        " true)"
    )


def _misfit(name: str, sent: str, wanted: str) -> str:
    """Give the SQL that is true where a value would not survive its way into the column."""
    source, target = family(sent), family(wanted)
    cast = f"TRY_CAST({name} AS {wanted})"
    text_as_time = source == "text" and target == "time"
    if source == target or text_as_time or (source in NUMBERS and target == "float"):
        return f"{cast} IS NULL"
    if source in NUMBERS and target in NUMBERS:
        return f"({cast} IS NULL OR CAST({cast} AS DOUBLE) != CAST({name} AS DOUBLE))"
    return "true"


def _check_rows(cursor: Cursor, rules: Sequence[Rule]) -> None:
    """Raise BadRequest for the first rule that a row breaks, naming the row and its value."""
    firsts = [f"min({quote(ROW)}) FILTER (WHERE {rule.bad})" for rule in rules]
    found = run(cursor, f"SELECT {', '.join(firsts)} FROM {STAGING}")[0]
    for rule, row in zip(rules, found, strict=True):
        if row is not None:
            value = run(
                cursor,
                f"SELECT CAST({quote(rule.column)} AS VARCHAR) FROM {STAGING}"
                f" WHERE {quote(ROW)} = ?",
                [row],
            )[0][0]
            shown = "" if value is None else f" {value[:80]!r}"
            raise BadRequest(f"column {rule.column!r}, row {row}: the value{shown} {rule.reason}")
