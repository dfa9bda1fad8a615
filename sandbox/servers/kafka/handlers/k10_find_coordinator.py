"""FindCoordinator (10): which broker keeps a group or a transaction.

Versions 0 to 6. There is one broker, so it is that.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.metadata import FindCoordinatorResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID
from sandbox.servers.kafka.state.topics import OFFSETS_TOPIC, TRANSACTIONS_TOPIC

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

KINDS_FROM = 1
MANY_KEYS_FROM = 4
GROUP, TRANSACTION = 0, 1
TOPICS = {GROUP: OFFSETS_TOPIC, TRANSACTION: TRANSACTIONS_TOPIC}


def handle(request: Request) -> Outcome:
    """Name this broker for each key."""
    body, version = request.body, request.version
    if version < MANY_KEYS_FROM:
        return Reply(FindCoordinatorResponse(version=version, **_coordinator(request)))
    coordinators = [
        FindCoordinatorResponse.Coordinator(key=key, **_coordinator(request))
        for key in body.coordinator_keys
    ]
    return Reply(FindCoordinatorResponse(version=version, coordinators=coordinators))


def _coordinator(request: Request) -> dict[str, Any]:
    """Give the fields of one answer; there are coordinators of groups and of transactions."""
    where = request.cluster.advertised
    kind = GROUP if request.version < KINDS_FROM else request.body.key_type
    is_known = kind in TOPICS
    if is_known:
        request.cluster.topics.ensure_internal(TOPICS[kind])
    return {
        "node_id": BROKER_ID if is_known else -1,
        "host": where.host if is_known else "",
        "port": where.port if is_known else -1,
        "error_code": Code.NONE if is_known else Code.INVALID_REQUEST,
        "error_message": None,
    }
