"""OffsetFetch (9): how far groups have read.

Versions 1 to 10. Null topics ask for all that the group has committed; from version 8 on one
request asks for several groups. Whoever requires stable offsets is told to come again where an open
transaction may yet change one (KIP-447).
 Members of a consumer group (KIP-848) say
their epoch, from version 9 on.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import OffsetFetchResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.offsets import Committed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.topics import Topics
    from sandbox.servers.kafka.state.transaction import Place

OneGroup = OffsetFetchResponse.OffsetFetchResponseTopic
Groups = OffsetFetchResponse.OffsetFetchResponseGroup
OfGroup = Groups.OffsetFetchResponseTopics

MANY_GROUPS_FROM = 8
MEMBERS_FROM = 9
TOPIC_IDS_FROM = 10
NOTHING = Committed(-1)


@dataclass(frozen=True, slots=True)
class Known:
    """What a group has committed, and where that may yet change."""

    offsets: Mapping[Place, Committed]
    unstable: frozenset[Place]

    def said(self, topic: str, index: int) -> dict[str, Any]:
        """Give the fields of one partition's answer."""
        is_stable = (topic, index) not in self.unstable
        found = self.offsets.get((topic, index), NOTHING) if is_stable else NOTHING
        return {
            "partition_index": index,
            "committed_offset": found.offset,
            "committed_leader_epoch": found.leader_epoch,
            "metadata": found.metadata,
            "error_code": Code.NONE if is_stable else Code.UNSTABLE_OFFSET_COMMIT,
        }

    def all(self) -> dict[str, list[int]]:
        """Give every topic and its partitions."""
        found: dict[str, list[int]] = {}
        for topic, index in sorted(self.offsets):
            found.setdefault(topic, []).append(index)
        return found


def _know(request: Request, group: str) -> Known:
    cluster = request.cluster
    pending = cluster.transactions.pending(group) if request.body.require_stable else ()
    return Known(cluster.offsets.of(group), frozenset(pending))


def handle(request: Request) -> Outcome:
    """Answer for one group, or for several."""
    body = request.body
    if request.version >= MANY_GROUPS_FROM:
        groups = [_group(request, each) for each in body.groups]
        return Reply(OffsetFetchResponse(version=request.version, groups=groups))
    known = _know(request, body.group_id)
    asked = body.topics
    wanted = known.all() if asked is None else {t.name: t.partition_indexes for t in asked}
    topics = [
        OneGroup(
            name=name,
            partitions=[
                OneGroup.OffsetFetchResponsePartition(**known.said(name, index))
                for index in indexes
            ],
        )
        for name, indexes in wanted.items()
    ]
    return Reply(OffsetFetchResponse(version=request.version, topics=topics, error_code=Code.NONE))


def _check_member(request: Request, asked: Any) -> Code:
    group = request.cluster.consumer_groups.by_name.get(asked.group_id)
    if request.version < MEMBERS_FROM or group is None or asked.member_id is None:
        return Code.NONE
    return group.check_commit(asked.member_id, asked.member_epoch)


def _group(request: Request, asked: Any) -> Any:
    code = _check_member(request, asked)
    if code:
        return Groups(group_id=asked.group_id, topics=[], error_code=code)
    known = _know(request, asked.group_id)
    if asked.topics is None:
        listed = _identified(request.cluster.topics, known.all())
        topics = [_topic(request, known, *each) for each in listed]
    else:
        topics = [
            _topic(request, known, each.name, each.topic_id, each.partition_indexes)
            for each in asked.topics
        ]
    return Groups(group_id=asked.group_id, topics=topics, error_code=Code.NONE)


def _identified(known: Topics, offsets: dict[str, list[int]]) -> list[tuple[str, Any, list[int]]]:
    return [
        (name, known.by_name[name].id, indexes)
        for name, indexes in offsets.items()
        if name in known.by_name
    ]


def _topic(request: Request, known: Known, name: str, topic_id: Any, indexes: list[int]) -> Any:
    missing = {}
    if request.version >= TOPIC_IDS_FROM:
        topic = request.cluster.topics.lookup(None, topic_id)
        missing = {} if topic else {"error_code": Code.UNKNOWN_TOPIC_ID}
        name = topic.name if topic else ""
    partitions = [
        OfGroup.OffsetFetchResponsePartitions(**{**known.said(name, index), **missing})
        for index in indexes
    ]
    return OfGroup(name=name, topic_id=topic_id, partitions=partitions)
