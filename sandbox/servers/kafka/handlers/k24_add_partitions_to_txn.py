"""AddPartitionsToTxn (24): a transaction is about to write to partitions.

Versions 0 to 3. If one of the partitions is missing, none is added.

Not implemented: batches of several transactions, which brokers send to one another (versions 4 and
5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.producer import AddPartitionsToTxnResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.transactional import find_transaction
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.transaction import Place

Topics = AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult
Partitions = Topics.AddPartitionsToTxnPartitionResult


def handle(request: Request) -> Outcome:
    """Add all partitions, or none."""
    body = request.body
    places = [(t.name, index) for t in body.v3_and_below_topics for index in t.partitions]
    codes = _check(request, places)
    topics = [_topic(topic, codes) for topic in body.v3_and_below_topics]
    return Reply(
        AddPartitionsToTxnResponse(
            version=request.version, results_by_topic_v3_and_below=topics, throttle_time_ms=0
        )
    )


def _check(request: Request, places: list[Place]) -> dict[Place, Code]:
    """Add the partitions where all may be; gives the error of each."""
    body, topics = request.body, request.cluster.topics
    missing = {place for place in places if topics.find(*place) is None}
    if missing:
        return {
            place: Code.UNKNOWN_TOPIC_OR_PARTITION
            if place in missing
            else Code.OPERATION_NOT_ATTEMPTED
            for place in places
        }
    found = find_transaction(
        request,
        body.v3_and_below_transactional_id,
        body.v3_and_below_producer_id,
        body.v3_and_below_producer_epoch,
    )
    if isinstance(found, Code):
        return dict.fromkeys(places, found)
    if not set(places) <= found.partitions:
        request.cluster.transactions.add_partitions(found, places)
    return dict.fromkeys(places, Code.NONE)


def _topic(asked: Any, codes: dict[Place, Code]) -> Any:
    partitions = [
        Partitions(partition_index=index, partition_error_code=codes[asked.name, index])
        for index in asked.partitions
    ]
    return Topics(name=asked.name, results_by_partition=partitions)
