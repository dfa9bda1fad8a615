"""ListOffsets (2): find offsets by time.

Versions 1 to 11. Knows the times -1 (end), -2 (start), -3 (record with the greatest time, KIP-734),
and any time in milliseconds: the first record at or after it. With the isolation level
read_committed the end is where the first open transaction begins.

Not implemented: tiered storage; -4 (start of what is local) is the start, -5 and -6 find nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import ListOffsetsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.log import LEADER_EPOCH

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.log import PartitionLog

Topics = ListOffsetsResponse.ListOffsetsTopicResponse
Partitions = Topics.ListOffsetsPartitionResponse

LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL = -1, -2, -3, -4
NOT_FOUND = (-1, -1)
READ_COMMITTED = 1


def handle(request: Request) -> Outcome:
    """Look up every partition."""
    topics = [
        Topics(
            name=topic.name,
            partitions=[_find(request, topic.name, each) for each in topic.partitions],
        )
        for topic in request.body.topics
    ]
    return Reply(ListOffsetsResponse(version=request.version, topics=topics))


def _find(request: Request, topic: str, asked: Any) -> Any:
    log = request.cluster.topics.find(topic, asked.partition_index)
    code = Code.NONE if log else Code.UNKNOWN_TOPIC_OR_PARTITION
    offset, timestamp = NOT_FOUND
    if log and asked.current_leader_epoch > LEADER_EPOCH:
        code = Code.UNKNOWN_LEADER_EPOCH
    elif log:
        only_committed = request.body.isolation_level == READ_COMMITTED
        end = log.last_stable if only_committed else log.end
        offset, timestamp = _look_up(log, asked.timestamp, end)
    return Partitions(
        partition_index=asked.partition_index,
        error_code=code,
        timestamp=timestamp,
        offset=offset,
        leader_epoch=0 if log and offset >= 0 else -1,
    )


def _look_up(log: PartitionLog, timestamp: int, end: int) -> tuple[int, int]:
    if timestamp == LATEST:
        return end, -1
    if timestamp in (EARLIEST, EARLIEST_LOCAL):
        return log.start, -1
    if timestamp == MAX_TIMESTAMP:
        return log.greatest_timestamp() or NOT_FOUND
    found = log.at_or_after(timestamp) if timestamp >= 0 else None
    return found if found and found[0] < end else NOT_FOUND
