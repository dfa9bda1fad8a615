"""FindCoordinator (10): which broker keeps a group or a transaction.

Versions 0 to 6. There is one broker, so it is that.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.metadata import FindCoordinatorResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

MANY_KEYS_FROM = 4


def handle(request: Request) -> Outcome:
    """Name this broker."""
    where = request.cluster.advertised
    if request.version < MANY_KEYS_FROM:
        return Reply(
            FindCoordinatorResponse(
                version=request.version,
                error_code=Code.NONE,
                error_message=None,
                node_id=BROKER_ID,
                host=where.host,
                port=where.port,
            )
        )
    coordinators = [
        FindCoordinatorResponse.Coordinator(
            key=key,
            node_id=BROKER_ID,
            host=where.host,
            port=where.port,
            error_code=Code.NONE,
            error_message=None,
        )
        for key in request.body.coordinator_keys
    ]
    return Reply(FindCoordinatorResponse(version=request.version, coordinators=coordinators))
