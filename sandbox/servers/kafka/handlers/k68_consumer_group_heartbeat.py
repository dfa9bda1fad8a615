"""ConsumerGroupHeartbeat (68): be in a group, and be told what one may hold (KIP-848).

Versions 0 to 1. One request joins (epoch 0), stays, gives up and takes partitions, and leaves (epoch
-1, or -2 for a static member that comes back). The broker assigns; topics may be given by a regular
expression from version 1 on.

Not implemented: racks are not looked at; expressions are Python's, not RE2's; a group of the classic
protocol is taken over only when it is empty.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.schemas import ConsumerGroupHeartbeatResponse
from sandbox.servers.kafka.state.assignors import ASSIGNORS
from sandbox.servers.kafka.state.consumer_member import (
    JOINING,
    LEAVING,
    LEAVING_FOR_A_WHILE,
    ConsumerMember,
)

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.assignors import Place
    from sandbox.servers.kafka.state.consumer_group import ConsumerGroup

Assignment = ConsumerGroupHeartbeatResponse.Assignment
OWN_IDS_FROM = 1


def handle(request: Request) -> Outcome:
    """Do what the member asks for, or say why not."""
    body, cluster = request.body, request.cluster
    code = _check_request(request)
    if code:
        return _refuse(request, code)
    classic = cluster.groups.by_name.get(body.group_id)
    if classic is not None and classic.members:
        return _refuse(request, Code.GROUP_ID_NOT_FOUND)
    known = cluster.consumer_groups.by_name.get(body.group_id)
    if known is None and body.member_epoch != JOINING:
        return _refuse(request, Code.GROUP_ID_NOT_FOUND)
    cluster.groups.delete(body.group_id)
    group = known or cluster.consumer_groups.get_or_create(body.group_id)
    if body.member_epoch in (LEAVING, LEAVING_FOR_A_WHILE):
        return _leave(request, group)
    return _stay(request, group)


def _is_full(request: Request) -> bool:
    """Tell whether a member says all that there is to say; it is then told all as well."""
    body = request.body
    reads = body.subscribed_topic_names is not None or body.subscribed_topic_regex is not None
    return reads and body.rebalance_timeout_ms != -1 and body.topic_partitions is not None


def _check_request(request: Request) -> Code:
    body = request.body
    joins = body.member_epoch == JOINING
    nameless = not body.member_id and (request.version >= OWN_IDS_FROM or not joins)
    wrong = (
        not body.group_id.strip()
        or nameless
        or body.instance_id == ""
        or body.member_epoch < LEAVING_FOR_A_WHILE
        or (joins and (body.topic_partitions or not _is_full(request)))
        or (body.member_epoch == LEAVING_FOR_A_WHILE and body.instance_id is None)
    )
    if wrong:
        return Code.INVALID_REQUEST
    if body.server_assignor is not None and body.server_assignor not in ASSIGNORS:
        return Code.UNSUPPORTED_ASSIGNOR
    try:
        re.compile(body.subscribed_topic_regex or "")
    except re.error:
        return Code.INVALID_REGULAR_EXPRESSION
    return Code.NONE


# -- leaving ------------------------------------------------------------------


def _leave(request: Request, group: ConsumerGroup) -> Outcome:
    body, groups = request.body, request.cluster.consumer_groups
    member = group.members.get(body.member_id)
    if body.instance_id is not None:
        member = group.instance(body.instance_id)
        if member is not None and member.id != body.member_id:
            return _refuse(request, Code.FENCED_INSTANCE_ID)
    if member is None:
        return _refuse(request, Code.UNKNOWN_MEMBER_ID)
    if body.member_epoch == LEAVING_FOR_A_WHILE:
        member.epoch = LEAVING_FOR_A_WHILE
        member.assigned, member.revoking = member.holds, set()
        member.last_seen = request.cluster.now()
        groups.record(group)
    else:
        groups.remove_members(group, [member.id])
    return _reply(request, member.id, body.member_epoch, None)


# -- joining and staying ------------------------------------------------------


def _stay(request: Request, group: ConsumerGroup) -> Outcome:
    owned = _owned(request)
    member = _find(request, group, owned)
    if isinstance(member, Code):
        return _refuse(request, member)
    body, now = request.body, request.cluster.now()
    before = (set(member.assigned), member.epoch)
    group.subscribe(member, body.subscribed_topic_names, body.subscribed_topic_regex)
    member.last_seen, member.connection = now, request.connection
    member.rack_id = body.rack_id if body.rack_id is not None else member.rack_id
    if body.rebalance_timeout_ms >= 0:
        member.rebalance_timeout = body.rebalance_timeout_ms / 1000
    if body.server_assignor not in (None, member.assignor):
        member.assignor = body.server_assignor
        group.epoch += 1
    group.update_target()
    group.reconcile(member, owned, now)
    request.cluster.consumer_groups.record(group)
    changed = _is_full(request) or before[0] != member.assigned or body.member_epoch != before[1]
    return _reply(request, member.id, member.epoch, member.assigned if changed else None)


def _owned(request: Request) -> set[Place] | None:
    listed = request.body.topic_partitions
    if listed is None:
        return None
    return {(each.topic_id, index) for each in listed for index in each.partitions}


def _find(
    request: Request, group: ConsumerGroup, owned: set[Place] | None
) -> ConsumerMember | Code:
    """Give the member that speaks, a new one if it joins, or why it may not."""
    body = request.body
    if body.instance_id is not None:
        return _find_static(request, group, owned)
    if body.member_id not in group.members and body.member_epoch == JOINING:
        member = _new(request)
        group.take_in(member)
        return member
    code = group.check(body.member_id, body.member_epoch, owned)
    return code or group.members[body.member_id]


def _find_static(
    request: Request, group: ConsumerGroup, owned: set[Place] | None
) -> ConsumerMember | Code:
    body = request.body
    known = group.instance(body.instance_id)
    if known is None:
        if body.member_epoch != JOINING:
            return Code.UNKNOWN_MEMBER_ID
        member = _new(request)
        group.take_in(member)
        return member
    if body.member_epoch == JOINING and known.epoch == LEAVING_FOR_A_WHILE:
        member = _new(request)
        group.replace(known, member)
        return member
    if known.id != body.member_id:
        joins = body.member_epoch == JOINING
        return Code.UNRELEASED_INSTANCE_ID if joins else Code.FENCED_INSTANCE_ID
    return group.check(body.member_id, body.member_epoch, owned) or known


def _new(request: Request) -> ConsumerMember:
    body = request.body
    return ConsumerMember(
        id=body.member_id or request.cluster.random_id(),
        client_id=request.client_id,
        client_host=request.client_host,
        instance_id=body.instance_id,
        topics=frozenset(body.subscribed_topic_names or ()),
        regex=body.subscribed_topic_regex or None,
        assignor=body.server_assignor,
    )


# -- answers ------------------------------------------------------------------


def _reply(request: Request, member_id: str, epoch: int, assigned: set[Place] | None) -> Reply:
    assignment = None
    if assigned is not None:
        by_topic: dict[Any, list[int]] = {}
        for topic, index in sorted(assigned, key=lambda place: (place[0].int, place[1])):
            by_topic.setdefault(topic, []).append(index)
        places = [
            Assignment.TopicPartitions(topic_id=topic, partitions=indexes)
            for topic, indexes in by_topic.items()
        ]
        assignment = Assignment(topic_partitions=places)
    settings = request.cluster.group_settings.of(request.body.group_id)
    interval = int(settings["consumer.heartbeat.interval.ms"]) if epoch >= JOINING else 0
    return Reply(
        ConsumerGroupHeartbeatResponse(
            version=request.version,
            error_code=Code.NONE,
            error_message=None,
            member_id=member_id,
            member_epoch=epoch,
            heartbeat_interval_ms=interval,
            assignment=assignment,
        )
    )


def _refuse(request: Request, code: Code) -> Reply:
    return Reply(
        ConsumerGroupHeartbeatResponse(
            version=request.version,
            error_code=code,
            error_message=None,
            member_id=None,
            member_epoch=0,
            heartbeat_interval_ms=0,
            assignment=None,
        )
    )
