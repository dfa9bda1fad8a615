"""What is declared: tables and feature services, as frozen data."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from sandbox.servers.features.refusal import BadRequest

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column as DuckDB has it: `type` is DuckDB's own word, such as `DOUBLE`."""

    name: str
    type: str


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a user declares of a table.

    `entity` are the columns that say whose features a row holds, `event_timestamp` the column that
    says when they became true, `ttl_seconds` for how long they hold (None: for ever).
    """

    entity: tuple[str, ...]
    event_timestamp: str
    ttl_seconds: float | None = None

    @property
    def ttl(self) -> int | None:
        """Give the time to live in microseconds."""
        return None if self.ttl_seconds is None else round(self.ttl_seconds * MICROSECONDS)

    @property
    def keys(self) -> tuple[str, ...]:
        """Give the columns that every row must have: the entity's and the event timestamp's."""
        return (*self.entity, self.event_timestamp)


class FeatureService(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named list of `table:feature`."""

    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One feature of one table."""

    table: str
    feature: str


def check_name(what: str, name: str) -> None:
    """Raise BadRequest where `name` could not stand in `table:feature` or in SQL unquoted."""
    if not NAME.match(name):
        raise BadRequest(
            f"{what} {name!r}: a name has letters, digits and _, and does not begin with a digit"
        )


def check_definition(name: str, definition: Definition) -> None:
    """Raise BadRequest where a table's definition makes no sense."""
    check_name("table", name)
    if not definition.entity:
        raise BadRequest(f"table {name!r}: entity names no column")
    lowered = [column.lower() for column in definition.keys]
    if len(set(lowered)) != len(lowered):
        raise BadRequest(
            f"table {name!r}: entity and event_timestamp name a column twice: "
            + ", ".join(definition.keys)
        )
    if definition.ttl is not None and definition.ttl <= 0:
        raise BadRequest(
            f"table {name!r}: ttl_seconds is {definition.ttl_seconds:g}; it must be more than 0, "
            "or null where features hold for ever"
        )


def parse_reference(text: str) -> Reference:
    """Read `table:feature`; raises BadRequest."""
    table, colon, feature = text.partition(":")
    if not (table and colon and feature):
        raise BadRequest(f"feature {text!r}: write table:feature")
    return Reference(table, feature)


def group(references: list[Reference]) -> dict[str, list[str]]:
    """Give each table's features, tables in the order of their first mention, as Feast does."""
    grouped: dict[str, list[str]] = {}
    for reference in references:
        grouped.setdefault(reference.table, []).append(reference.feature)
    return grouped


def check_collisions(references: list[Reference], *, full_feature_names: bool) -> None:
    """Raise BadRequest where two features would have one name in the answer, as Feast does."""
    seen: set[str] = set()
    for reference in references:
        name = output_name(reference.table, reference.feature, full=full_feature_names)
        if name in seen:
            way_out = "" if full_feature_names else "; set full_feature_names, or ask apart"
            raise BadRequest(f"Duplicate features named {name} found{way_out}")
        seen.add(name)


def output_name(table: str, feature: str, *, full: bool) -> str:
    """Give a feature's name in an answer: `feature`, or `table__feature` where `full`."""
    return f"{table}__{feature}" if full else feature
