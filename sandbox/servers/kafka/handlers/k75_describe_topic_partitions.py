"""DescribeTopicPartitions (75): topics and their partitions, a page at a time (KIP-966).

Version 0. In the order of their names, from the cursor on, as many partitions as are asked for.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeTopicPartitionsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.operations import ON_TOPICS, as_bits
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID
from sandbox.servers.kafka.state.log import LEADER_EPOCH
from sandbox.servers.kafka.state.topics import is_legal

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.topics import Topic

Topics = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic
Partitions = Topics.DescribeTopicPartitionsResponsePartition
# max.request.partition.size.limit, Kafka's default.
MOST = 2000


def handle(request: Request) -> Outcome:
    """Describe what fits, and say where the next page begins."""
    body, known = request.body, request.cluster.topics.by_name
    names = sorted({each.name for each in body.topics} or set(known))
    first = (body.cursor.topic_name, body.cursor.partition_index) if body.cursor else ("", 0)
    left, topics = min(body.response_partition_limit, MOST), []
    for name in names:
        if name < first[0]:
            continue
        topic = known.get(name)
        if topic is None:
            topics.append(_unknown(name))
            continue
        begin = first[1] if name == first[0] else 0
        if left <= 0:
            return _reply(request, topics, (name, begin))
        end = min(len(topic.partitions), begin + left)
        topics.append(_describe(topic, range(begin, end)))
        left -= end - begin
        if end < len(topic.partitions):
            return _reply(request, topics, (name, end))
    return _reply(request, topics, None)


def _unknown(name: str) -> Any:
    code = Code.UNKNOWN_TOPIC_OR_PARTITION if is_legal(name) else Code.INVALID_TOPIC_EXCEPTION
    return Topics(
        error_code=code,
        name=name,
        partitions=[],
        topic_authorized_operations=as_bits(ON_TOPICS),
    )


def _describe(topic: Topic, indexes: range) -> Any:
    partitions = [
        Partitions(
            error_code=Code.NONE,
            partition_index=index,
            leader_id=BROKER_ID,
            leader_epoch=LEADER_EPOCH,
            replica_nodes=[BROKER_ID],
            isr_nodes=[BROKER_ID],
            eligible_leader_replicas=[],
            last_known_elr=[],
            offline_replicas=[],
        )
        for index in indexes
    ]
    return Topics(
        error_code=Code.NONE,
        name=topic.name,
        topic_id=topic.id,
        is_internal=topic.is_internal,
        partitions=partitions,
        topic_authorized_operations=as_bits(ON_TOPICS),
    )


def _reply(request: Request, topics: list[Any], cursor: tuple[str, int] | None) -> Reply:
    following = None
    if cursor is not None:
        following = DescribeTopicPartitionsResponse.Cursor(
            topic_name=cursor[0], partition_index=cursor[1]
        )
    return Reply(
        DescribeTopicPartitionsResponse(
            version=request.version, topics=topics, next_cursor=following
        )
    )
