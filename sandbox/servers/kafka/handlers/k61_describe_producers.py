"""DescribeProducers (61): who writes to partitions, and which transactions are open there (KIP-664).

Version 0.

Not implemented: expiry; a producer is known until its topic is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeProducersResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.marker import COORDINATOR_EPOCH

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.log import PartitionLog

Topics = DescribeProducersResponse.TopicResponse
Partitions = Topics.PartitionResponse
Producers = Partitions.ProducerState

NONE = -1


def handle(request: Request) -> Outcome:
    """Describe the producers of every partition."""
    topics = [
        Topics(
            name=each.name,
            partitions=[_partition(request, each.name, index) for index in each.partition_indexes],
        )
        for each in request.body.topics
    ]
    return Reply(DescribeProducersResponse(version=request.version, topics=topics))


def _partition(request: Request, topic: str, index: int) -> Any:
    log = request.cluster.topics.find(topic, index)
    code = Code.NONE if log else Code.UNKNOWN_TOPIC_OR_PARTITION
    return Partitions(
        partition_index=index,
        error_code=code,
        error_message=None if log else f"there is no partition {index} of {topic}",
        active_producers=_producers(log) if log else [],
    )


def _producers(log: PartitionLog) -> list[Any]:
    first_offsets = log.transactions.first_offsets
    return [
        Producers(
            producer_id=producer_id,
            producer_epoch=written.epoch,
            last_sequence=written.batches[-1][1] if written.batches else NONE,
            last_timestamp=written.last_timestamp,
            coordinator_epoch=COORDINATOR_EPOCH if written.is_transactional else NONE,
            current_txn_start_offset=first_offsets.get(producer_id, NONE),
        )
        for producer_id, written in log.producers.known.items()
    ]
