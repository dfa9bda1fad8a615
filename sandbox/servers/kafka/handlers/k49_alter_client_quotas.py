"""AlterClientQuotas (49): set how fast users and clients may go (KIP-546).

Versions 0 to 1. Quotas are kept, and described.

Not implemented: nobody is slowed down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import AlterClientQuotasResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.quotas import problem_with

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

Entries = AlterClientQuotasResponse.EntryData


def handle(request: Request) -> Outcome:
    """Change what each entry says."""
    entries = [_alter(request, each) for each in request.body.entries]
    return Reply(AlterClientQuotasResponse(version=request.version, entries=entries))


def _alter(request: Request, asked: Any) -> Any:
    entity = tuple(sorted((each.entity_type, each.entity_name) for each in asked.entity))
    changes = {each.key: None if each.remove else each.value for each in asked.ops}
    why = problem_with(entity, changes)
    if not why and not request.body.validate_only:
        request.cluster.quotas.change(entity, changes)
    return Entries(
        error_code=Code.INVALID_REQUEST if why else Code.NONE,
        error_message=why,
        entity=[Entries.EntityData(entity_type=kind, entity_name=name) for kind, name in entity],
    )
