"""OffsetFetch (9): how far groups have read.

Versions 1 to 10. Null topics ask for all that the group has committed; from version 8 on one
request asks for several groups.

Not implemented: require_stable makes no difference, since there are no transactions; epochs of
members (KIP-848) are not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import OffsetFetchResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.offsets import Committed

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.topics import Topics

OneGroup = OffsetFetchResponse.OffsetFetchResponseTopic
Groups = OffsetFetchResponse.OffsetFetchResponseGroup
OfGroup = Groups.OffsetFetchResponseTopics

MANY_GROUPS_FROM = 8
TOPIC_IDS_FROM = 10
NOTHING = Committed(-1)


def handle(request: Request) -> Outcome:
    """Answer for one group, or for several."""
    body = request.body
    if request.version >= MANY_GROUPS_FROM:
        groups = [_group(request, each) for each in body.groups]
        return Reply(OffsetFetchResponse(version=request.version, groups=groups))
    committed = request.cluster.offsets.of(body.group_id)
    asked = body.topics
    wanted = _all(committed) if asked is None else {t.name: t.partition_indexes for t in asked}
    topics = [
        OneGroup(
            name=name,
            partitions=[
                OneGroup.OffsetFetchResponsePartition(**_said(committed, name, index))
                for index in indexes
            ],
        )
        for name, indexes in wanted.items()
    ]
    return Reply(OffsetFetchResponse(version=request.version, topics=topics, error_code=Code.NONE))


def _group(request: Request, asked: Any) -> Any:
    committed = request.cluster.offsets.of(asked.group_id)
    known = request.cluster.topics
    if asked.topics is None:
        topics = [_topic(request, committed, *each) for each in _identified(known, _all(committed))]
    else:
        topics = [
            _topic(request, committed, each.name, each.topic_id, each.partition_indexes)
            for each in asked.topics
        ]
    return Groups(group_id=asked.group_id, topics=topics, error_code=Code.NONE)


def _identified(known: Topics, offsets: dict[str, list[int]]) -> list[tuple[str, Any, list[int]]]:
    return [
        (name, known.by_name[name].id, indexes)
        for name, indexes in offsets.items()
        if name in known.by_name
    ]


def _topic(request: Request, committed: Any, name: str, topic_id: Any, indexes: list[int]) -> Any:
    code = Code.NONE
    if request.version >= TOPIC_IDS_FROM:
        topic = request.cluster.topics.lookup(None, topic_id)
        code = Code.NONE if topic else Code.UNKNOWN_TOPIC_ID
        name = topic.name if topic else ""
    partitions = [
        OfGroup.OffsetFetchResponsePartitions(
            **{**_said(committed, name, index), "error_code": code}
        )
        for index in indexes
    ]
    return OfGroup(name=name, topic_id=topic_id, partitions=partitions)


def _all(committed: dict[tuple[str, int], Committed]) -> dict[str, list[int]]:
    offsets: dict[str, list[int]] = {}
    for topic, index in sorted(committed):
        offsets.setdefault(topic, []).append(index)
    return offsets


def _said(committed: dict[tuple[str, int], Committed], topic: str, index: int) -> dict[str, Any]:
    found = committed.get((topic, index), NOTHING)
    return {
        "partition_index": index,
        "committed_offset": found.offset,
        "committed_leader_epoch": found.leader_epoch,
        "metadata": found.metadata,
        "error_code": Code.NONE,
    }
