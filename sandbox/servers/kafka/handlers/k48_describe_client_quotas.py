"""DescribeClientQuotas (48): how fast users and clients may go (KIP-546).

Versions 0 to 1. What AlterClientQuotas has set; nobody is slowed down by it.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeClientQuotasResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.quotas import Entity

Entries = DescribeClientQuotasResponse.EntryData
# How a part of an entity is meant: by its name, the default, any.
EXACT, DEFAULT, ANY = range(3)


def handle(request: Request) -> Outcome:
    """Give the entities that the filter lets through."""
    body = request.body
    kinds = [each.entity_type for each in body.components]
    if len(set(kinds)) < len(kinds):
        return _reply(request, Code.INVALID_REQUEST, "a kind of entity is named twice", None)
    found = [
        _entry(entity, values)
        for entity, values in request.cluster.quotas.by_entity.items()
        if _is_meant(body, dict(entity))
    ]
    return _reply(request, Code.NONE, None, found)


def _is_meant(body: Any, entity: dict[str, str | None]) -> bool:
    if body.strict and set(entity) != {each.entity_type for each in body.components}:
        return False
    return all(
        each.entity_type in entity
        and (
            each.match_type == ANY
            or (each.match_type == DEFAULT and entity[each.entity_type] is None)
            or (each.match_type == EXACT and entity[each.entity_type] == each.match)
        )
        for each in body.components
    )


def _entry(entity: Entity, values: dict[str, float]) -> Any:
    return Entries(
        entity=[Entries.EntityData(entity_type=kind, entity_name=name) for kind, name in entity],
        values=[Entries.ValueData(key=key, value=value) for key, value in values.items()],
    )


def _reply(request: Request, code: Code, why: str | None, entries: list[Any] | None) -> Reply:
    return Reply(
        DescribeClientQuotasResponse(
            version=request.version, error_code=code, error_message=why, entries=entries
        )
    )
