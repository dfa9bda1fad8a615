"""What a request for online features asks for, worked out once for all requests alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from sandbox.errors import nearest
from sandbox.servers.features.definitions import (
    check_collisions,
    group,
    output_name,
    parse_reference,
)
from sandbox.servers.features.refusal import BadRequest, NotFound
from sandbox.servers.features.table import Table, look_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked of one table: the places of features in its index, and how keys are named."""

    table: Table
    places: tuple[int, ...]
    key_types: tuple[tuple[str, frozenset[type]], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer's names, as JSON, and what is asked of each table."""

    names: bytes
    parts: tuple[Part, ...]


def make_plan(
    tables: Mapping[str, Table],
    features: Sequence[str],
    entities: Sequence[str],
    *,
    full_feature_names: bool,
) -> Plan:
    """Raise NotFound or BadRequest where something asked for is not there or not said."""
    references = [parse_reference(text) for text in features]
    check_collisions(references, full_feature_names=full_feature_names)
    grouped = group(references)
    parts = tuple(
        _part(look_up(tables, name), wanted, entities) for name, wanted in grouped.items()
    )
    _check_entities(tables, entities)
    names = list(entities)
    for table, wanted in grouped.items():
        names += [output_name(table, feature, full=full_feature_names) for feature in wanted]
    return Plan(msgspec.json.encode(names), parts)


def _part(table: Table, features: Sequence[str], entities: Sequence[str]) -> Part:
    places = tuple(table.feature(feature) for feature in features)
    for name in table.definition.entity:
        if name not in entities:
            hint = nearest(name, entities)
            raise BadRequest(f"entities: {table.name} needs {name!r}, which is not given: {hint}")
    keys = tuple((name, table.key_types(name)) for name in table.definition.entity)
    return Part(table, places, keys)


def _check_entities(tables: Mapping[str, Table], entities: Sequence[str]) -> None:
    """As Feast does, refuse a name that is no table's entity; one that is not needed may stand."""
    known = {name for table in tables.values() for name in table.definition.entity}
    for name in entities:
        if name not in known:
            raise NotFound(f"Entity {name} does not exist: {nearest(name, known)}")
