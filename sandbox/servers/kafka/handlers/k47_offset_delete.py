"""OffsetDelete (47): forget what a group has committed on single partitions (KIP-496).

Version 0. What members of the group are subscribed to is left alone.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import OffsetDeleteResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.subscription import CONSUMER, is_read_by

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state import Cluster

Topics = OffsetDeleteResponse.OffsetDeleteResponseTopic


def handle(request: Request) -> Outcome:
    """Forget each offset that is named, unless somebody is reading there."""
    body, cluster = request.body, request.cluster
    group = cluster.groups.by_name.get(body.group_id)
    if not cluster.has_group(body.group_id):
        return _reply(request, Code.GROUP_ID_NOT_FOUND)
    if group is not None and group.members and group.protocol_type != CONSUMER:
        return _reply(request, Code.NON_EMPTY_GROUP)
    codes = {
        (topic.name, each.partition_index): _check(
            cluster, body.group_id, topic.name, each.partition_index
        )
        for topic in body.topics
        for each in topic.partitions
    }
    cluster.offsets.forget(body.group_id, [place for place, code in codes.items() if not code])
    return _reply(request, Code.NONE, [_answer(topic, codes) for topic in body.topics])


def _check(cluster: Cluster, name: str, topic: str, index: int) -> Code:
    group = cluster.groups.by_name.get(name)
    consumers = cluster.consumer_groups.by_name.get(name)
    if cluster.topics.find(topic, index) is None:
        return Code.UNKNOWN_TOPIC_OR_PARTITION
    if group is not None and group.members and is_read_by(group, topic):
        return Code.GROUP_SUBSCRIBED_TO_TOPIC
    if consumers is not None and consumers.is_subscribed(topic):
        return Code.GROUP_SUBSCRIBED_TO_TOPIC
    return Code.NONE


def _answer(topic: Any, codes: dict[tuple[str, int], Code]) -> Any:
    partitions = [
        Topics.OffsetDeleteResponsePartition(
            partition_index=each.partition_index,
            error_code=codes[topic.name, each.partition_index],
        )
        for each in topic.partitions
    ]
    return Topics(name=topic.name, partitions=partitions)


def _reply(request: Request, code: Code, topics: list[Any] | None = None) -> Reply:
    return Reply(
        OffsetDeleteResponse(version=request.version, error_code=code, topics=topics or [])
    )
