"""InitProducerId (22): give an idempotent or transactional producer its id.

Versions 0 to 5. A producer that has a transactional id takes the place of whoever had it before:
that one is fenced, and what it left open is aborted before the answer. If it says which id and epoch
it has, it gets the next epoch (KIP-360). Any other producer gets a new id.

Not implemented: two-phase commit with another system (KIP-939).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.producer import InitProducerIdResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.transactions import RefusedError

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

# transaction.max.timeout.ms, Kafka's default.
LONGEST_TIMEOUT_MS = 900_000
FENCED_IS_KNOWN_FROM = 4


def handle(request: Request) -> Outcome:
    """Give a new id, or the next epoch of a transactional one."""
    if request.body.transactional_id is not None:
        return _transactional(request)
    return _reply(request, Code.NONE, request.cluster.next_producer_id(), 0)


def _transactional(request: Request) -> Outcome:
    body = request.body
    if not body.transactional_id:
        return _reply(request, Code.INVALID_REQUEST)
    if not 0 < body.transaction_timeout_ms <= LONGEST_TIMEOUT_MS:
        return _reply(request, Code.INVALID_TRANSACTION_TIMEOUT)
    expected = (body.producer_id, body.producer_epoch) if body.producer_id >= 0 else None
    try:
        found = request.cluster.transactions.begin_producer(
            body.transactional_id, body.transaction_timeout_ms, expected
        )
    except RefusedError as error:
        is_known = request.version >= FENCED_IS_KNOWN_FROM
        return _reply(request, error.code if is_known else Code.INVALID_PRODUCER_EPOCH)
    return _reply(request, Code.NONE, found.producer_id, found.epoch)


def _reply(request: Request, code: Code, producer_id: int = -1, epoch: int = -1) -> Reply:
    return Reply(
        InitProducerIdResponse(
            version=request.version, error_code=code, producer_id=producer_id, producer_epoch=epoch
        )
    )
