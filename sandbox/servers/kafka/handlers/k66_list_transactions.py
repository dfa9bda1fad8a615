"""ListTransactions (66): the transactional ids that are known, and their states (KIP-664).

Versions 0 to 2; by state, by producer, by how long they are open (KIP-994), by a pattern of their
ids (KIP-1152).

Not implemented: patterns are Python's regular expressions, not RE2's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import ListTransactionsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.transaction import State

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.transaction import Transaction


def handle(request: Request) -> Outcome:
    """List those that the filters let through."""
    body = request.body
    known = {state.value for state in State}
    try:
        pattern = re.compile(body.transactional_id_pattern or ".*", re.DOTALL)
    except re.error:
        return _reply(request, [], [], Code.INVALID_REGULAR_EXPRESSION)
    found = [
        each
        for each in request.cluster.transactions.by_id.values()
        if _is_meant(request, each) and pattern.fullmatch(each.id)
    ]
    unknown = [each for each in body.state_filters if each not in known]
    return _reply(request, found, unknown)


def _is_meant(request: Request, transaction: Transaction) -> bool:
    body = request.body
    if body.state_filters and transaction.state.value not in body.state_filters:
        return False
    if body.producer_id_filters and transaction.producer_id not in body.producer_id_filters:
        return False
    if body.duration_filter is None or body.duration_filter < 0:
        return True
    lasted = request.cluster.wall_clock() - transaction.started
    return bool(lasted > body.duration_filter)


def _reply(
    request: Request,
    found: list[Transaction],
    unknown: list[str],
    code: Code = Code.NONE,
) -> Reply:
    listed: list[Any] = [
        ListTransactionsResponse.TransactionState(
            transactional_id=each.id,
            producer_id=each.producer_id,
            transaction_state=each.state.value,
        )
        for each in found
    ]
    return Reply(
        ListTransactionsResponse(
            version=request.version,
            error_code=code,
            unknown_state_filters=unknown,
            transaction_states=listed,
        )
    )
