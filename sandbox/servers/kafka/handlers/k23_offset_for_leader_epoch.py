"""OffsetForLeaderEpoch (23): where an epoch of a leader ended.

Versions 2 to 4. There is one broker and so one epoch, 0: it ends where the log does.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import OffsetForLeaderEpochResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.log import LEADER_EPOCH

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state import Cluster

Topics = OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult


def handle(request: Request) -> Outcome:
    """Give the end of each partition."""
    topics = [
        Topics(
            topic=topic.topic,
            partitions=[_end(request.cluster, topic.topic, each) for each in topic.partitions],
        )
        for topic in request.body.topics
    ]
    return Reply(OffsetForLeaderEpochResponse(version=request.version, topics=topics))


def _end(cluster: Cluster, topic: str, asked: Any) -> Any:
    log = cluster.topics.find(topic, asked.partition)
    code = Code.NONE if log else Code.UNKNOWN_TOPIC_OR_PARTITION
    if log and asked.current_leader_epoch > LEADER_EPOCH:
        code = Code.UNKNOWN_LEADER_EPOCH
    known = log is not None and not code and asked.leader_epoch == LEADER_EPOCH
    return Topics.EpochEndOffset(
        error_code=code,
        partition=asked.partition,
        leader_epoch=LEADER_EPOCH if known else -1,
        end_offset=log.end if log and known else -1,
    )
