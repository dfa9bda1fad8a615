"""EndTxn (26): commit or abort a transaction.

Versions 0 to 4. The answer comes when the markers are in the partitions and the offsets are the
groups'. To end it again in the same way is harmless.

Not implemented: a new epoch for every transaction (KIP-890, version 5), which clients ask for only
where the feature transaction.version is offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.producer import EndTxnResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.transactional import find_transaction
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.transactions import RefusedError

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request


def handle(request: Request) -> Outcome:
    """End the transaction."""
    return Reply(EndTxnResponse(version=request.version, error_code=_end(request)))


def _end(request: Request) -> Code:
    body = request.body
    found = find_transaction(request, body.transactional_id, body.producer_id, body.producer_epoch)
    if isinstance(found, Code):
        return found
    try:
        request.cluster.transactions.end(found, commit=body.committed)
    except RefusedError as error:
        return error.code
    return Code.NONE
