"""InitProducerId (22): give an idempotent producer its id.

Versions 0 to 5. A producer that has an id already gets it back with the next epoch (KIP-360).

Not implemented: transactional ids; they are refused as not authorized, which clients report at
once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.producer import InitProducerIdResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

LAST_EPOCH = 32766


def handle(request: Request) -> Outcome:
    """Give a new id, or the next epoch of a known one."""
    body = request.body
    if body.transactional_id is not None:
        return _reply(request, Code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, -1, -1)
    if body.producer_id >= 0 and body.producer_epoch < LAST_EPOCH:
        return _reply(request, Code.NONE, body.producer_id, body.producer_epoch + 1)
    return _reply(request, Code.NONE, request.cluster.next_producer_id(), 0)


def _reply(request: Request, code: Code, producer_id: int, epoch: int) -> Reply:
    return Reply(
        InitProducerIdResponse(
            version=request.version, error_code=code, producer_id=producer_id, producer_epoch=epoch
        )
    )
