"""What the APIs of transactions have in common: whose transaction it is, or why it is nobody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.state.transactions import RefusedError

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.transaction import Transaction

# Clients before KIP-588 know no more than that their epoch is invalid.
FENCED_IS_KNOWN_FROM = 2


def find_transaction(
    request: Request, name: str, producer_id: int, producer_epoch: int
) -> Transaction | Code:
    """Give the transaction of a producer, or the error to answer with."""
    try:
        return request.cluster.transactions.find(name, producer_id, producer_epoch)
    except RefusedError as error:
        is_fenced = error.code == Code.PRODUCER_FENCED
        if is_fenced and request.version < FENCED_IS_KNOWN_FROM:
            return Code.INVALID_PRODUCER_EPOCH
        return error.code
