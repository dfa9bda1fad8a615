"""OffsetDelete (47): forget what a group has committed on single partitions (KIP-496).

Version 0. A group that has members is left alone.

Not implemented: what its members are subscribed to is not looked at, so no topic is spared more
than another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import OffsetDeleteResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

Topics = OffsetDeleteResponse.OffsetDeleteResponseTopic


def handle(request: Request) -> Outcome:
    """Forget each offset that is named, unless somebody is reading there."""
    body, cluster = request.body, request.cluster
    group = cluster.groups.by_name.get(body.group_id)
    if group is None and not cluster.offsets.of(body.group_id):
        return Reply(
            OffsetDeleteResponse(
                version=request.version, error_code=Code.GROUP_ID_NOT_FOUND, topics=[]
            )
        )
    code = Code.GROUP_SUBSCRIBED_TO_TOPIC if group and group.members else Code.NONE
    if not code:
        cluster.offsets.forget(
            body.group_id,
            [
                (topic.name, each.partition_index)
                for topic in body.topics
                for each in topic.partitions
            ],
        )
    topics = [_answer(topic, code) for topic in body.topics]
    return Reply(OffsetDeleteResponse(version=request.version, error_code=Code.NONE, topics=topics))


def _answer(topic: Any, code: Code) -> Any:
    partitions = [
        Topics.OffsetDeleteResponsePartition(partition_index=each.partition_index, error_code=code)
        for each in topic.partitions
    ]
    return Topics(name=topic.name, partitions=partitions)
