"""DescribeTransactions (65): state, producer and partitions of transactions (KIP-664).

Version 0.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeTransactionsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.transaction import Transaction

States = DescribeTransactionsResponse.TransactionState


def handle(request: Request) -> Outcome:
    """Describe each transaction that is named."""
    known = request.cluster.transactions.by_id
    states = [_describe(name, known.get(name)) for name in request.body.transactional_ids]
    return Reply(DescribeTransactionsResponse(version=request.version, transaction_states=states))


def _describe(name: str, found: Transaction | None) -> Any:
    if found is None:
        code = Code.TRANSACTIONAL_ID_NOT_FOUND if name else Code.INVALID_REQUEST
        return States(transactional_id=name, error_code=code, transaction_state="", topics=[])
    by_topic = groupby(sorted(found.partitions), key=itemgetter(0))
    return States(
        error_code=Code.NONE,
        transactional_id=name,
        transaction_state=found.state.value,
        transaction_timeout_ms=found.timeout,
        transaction_start_time_ms=found.started,
        producer_id=found.producer_id,
        producer_epoch=found.epoch,
        topics=[
            States.TopicData(topic=topic, partitions=[index for _, index in places])
            for topic, places in by_topic
        ],
    )
