"""TxnOffsetCommit (28): offsets that are a group's once the transaction commits.

Versions 0 to 4. A member that says its generation is checked as OffsetCommit does (KIP-447).

Not implemented: offsets that no AddOffsetsToTxn announced (KIP-890, version 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.producer import TxnOffsetCommitResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.k08_offset_commit import unknown_group
from sandbox.servers.kafka.handlers.transactional import find_transaction
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.offsets import LONGEST_METADATA, Committed
from sandbox.servers.kafka.state.transactions import RefusedError

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.transaction import Place

Topics = TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic
Partitions = Topics.TxnOffsetCommitResponsePartition


def handle(request: Request) -> Outcome:
    """Keep every offset that may be committed."""
    body = request.body
    refused = _check_member(request)
    codes = {
        (topic.name, each.partition_index): refused or _check_place(request, topic.name, each)
        for topic in body.topics
        for each in topic.partitions
    }
    offsets = {
        (topic.name, each.partition_index): Committed(
            each.committed_offset, each.committed_leader_epoch, each.committed_metadata or ""
        )
        for topic in body.topics
        for each in topic.partitions
        if not codes[topic.name, each.partition_index]
    }
    code = _keep(request, offsets) if offsets else Code.NONE
    codes.update(dict.fromkeys(offsets, code))
    topics = [_topic(topic, codes) for topic in body.topics]
    return Reply(TxnOffsetCommitResponse(version=request.version, topics=topics))


def _check_member(request: Request) -> Code:
    body = request.body
    if not body.group_id:
        return Code.INVALID_GROUP_ID
    if body.generation_id < 0 and not body.member_id:
        return Code.NONE
    consumers = request.cluster.consumer_groups.by_name.get(body.group_id)
    if consumers is not None:
        code = consumers.check_commit(body.member_id, body.generation_id)
        return Code.ILLEGAL_GENERATION if code == Code.STALE_MEMBER_EPOCH else code
    group = request.cluster.groups.by_name.get(body.group_id)
    if group is None:
        return unknown_group(request.cluster, body.group_id)
    return group.check(body.member_id, body.generation_id, body.group_instance_id)


def _check_place(request: Request, topic: str, each: Any) -> Code:
    if request.cluster.topics.find(topic, each.partition_index) is None:
        return Code.UNKNOWN_TOPIC_OR_PARTITION
    if len(each.committed_metadata or "") > LONGEST_METADATA:
        return Code.OFFSET_METADATA_TOO_LARGE
    return Code.NONE


def _keep(request: Request, offsets: dict[Place, Committed]) -> Code:
    body = request.body
    found = find_transaction(request, body.transactional_id, body.producer_id, body.producer_epoch)
    if isinstance(found, Code):
        is_fenced = found == Code.PRODUCER_FENCED
        return Code.INVALID_PRODUCER_EPOCH if is_fenced else found
    try:
        request.cluster.transactions.add_offsets(found, body.group_id, offsets)
    except RefusedError as error:
        return error.code
    return Code.NONE


def _topic(asked: Any, codes: dict[Place, Code]) -> Any:
    partitions = [
        Partitions(
            partition_index=each.partition_index,
            error_code=codes[asked.name, each.partition_index],
        )
        for each in asked.partitions
    ]
    return Topics(name=asked.name, partitions=partitions)
