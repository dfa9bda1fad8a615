"""OffsetCommit (8): remember how far a group has read.

Versions 2 to 10. A member commits with its generation; a client outside any generation (-1) may
commit for a group that has no members. Members of a consumer group (KIP-848) say their epoch.

Not implemented: expiry of offsets; they are kept until the group is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import OffsetCommitResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.group import State
from sandbox.servers.kafka.state.offsets import LONGEST_METADATA, Committed

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state import Cluster
    from sandbox.servers.kafka.state.topics import Topic

Topics = OffsetCommitResponse.OffsetCommitResponseTopic
Partitions = Topics.OffsetCommitResponsePartition

EPOCHS_FROM = 9
TOPIC_IDS_FROM = 10


def handle(request: Request) -> Outcome:
    """Check the sender, write what can be written, and answer for each partition."""
    body, cluster = request.body, request.cluster
    refused = _check(request)
    offsets = []
    topics = []
    for topic in body.topics:
        answers = []
        found = cluster.topics.lookup(topic.name, topic.topic_id)
        for each in topic.partitions:
            code = refused or _check_place(request, found, each)
            if not code and found is not None:
                said = Committed(
                    each.committed_offset,
                    each.committed_leader_epoch,
                    each.committed_metadata or "",
                )
                offsets.append((found.name, each.partition_index, said))
            answers.append(Partitions(partition_index=each.partition_index, error_code=code))
        topics.append(Topics(name=topic.name, topic_id=topic.topic_id, partitions=answers))
    if offsets:
        cluster.offsets.commit(body.group_id, offsets)
    return Reply(OffsetCommitResponse(version=request.version, topics=topics))


def _check_place(request: Request, topic: Topic | None, each: Any) -> Code:
    if topic is None and request.version >= TOPIC_IDS_FROM:
        return Code.UNKNOWN_TOPIC_ID
    if topic is None or topic.partition(each.partition_index) is None:
        return Code.UNKNOWN_TOPIC_OR_PARTITION
    if len(each.committed_metadata or "") > LONGEST_METADATA:
        return Code.OFFSET_METADATA_TOO_LARGE
    return Code.NONE


def unknown_group(cluster: Cluster, name: str) -> Code:
    """Say what a member is told whose group has none: it may have offsets, or not be there at all."""
    return Code.UNKNOWN_MEMBER_ID if cluster.offsets.of(name) else Code.ILLEGAL_GENERATION


def _check(request: Request) -> Code:
    body, cluster = request.body, request.cluster
    consumers = cluster.consumer_groups.by_name.get(body.group_id)
    if consumers is not None:
        code = consumers.check_commit(body.member_id, body.generation_id_or_member_epoch)
        # Older versions know of no epochs, so whoever uses them cannot mean one.
        is_old = request.version < EPOCHS_FROM and body.generation_id_or_member_epoch >= 0
        return Code.UNSUPPORTED_VERSION if is_old and code != Code.UNKNOWN_MEMBER_ID else code
    group = cluster.groups.by_name.get(body.group_id)
    generation = body.generation_id_or_member_epoch
    if generation < 0 and (group is None or not group.members):
        return Code.NONE
    if group is None:
        return unknown_group(cluster, body.group_id)
    if generation < 0 and not body.member_id:
        return Code.UNKNOWN_MEMBER_ID
    code = group.check(body.member_id, generation, body.group_instance_id)
    if not code:
        group.members[body.member_id].heard(cluster.now(), request.connection)
        if group.state is State.COMPLETING:
            return Code.REBALANCE_IN_PROGRESS
    return code
