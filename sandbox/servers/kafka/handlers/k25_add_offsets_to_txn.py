"""AddOffsetsToTxn (25): a transaction is about to commit offsets of a group.

Versions 0 to 4.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.producer import AddOffsetsToTxnResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.transactional import find_transaction
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request


def handle(request: Request) -> Outcome:
    """Note the group."""
    code = _add(request)
    return Reply(AddOffsetsToTxnResponse(version=request.version, error_code=code))


def _add(request: Request) -> Code:
    body = request.body
    found = find_transaction(request, body.transactional_id, body.producer_id, body.producer_epoch)
    if isinstance(found, Code):
        return found
    request.cluster.transactions.add_group(found, body.group_id)
    return Code.NONE
