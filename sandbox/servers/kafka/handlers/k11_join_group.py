"""JoinGroup (11): become a member of a group's next generation.

Versions 0 to 9. Waits until all members have joined, or the rebalance timeout is over. A new member
is sent away once to come back with its id (KIP-394, from version 4); a static member that comes
back takes its own place without a rebalance (KIP-345). An empty group of the newer protocol (KIP-848)
becomes one of this.

Not implemented: the limit group.max.size; members of both protocols in one group (KIP-848).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import JoinGroupResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Park, Reply
from sandbox.servers.kafka.state.group import Group, State
from sandbox.servers.kafka.state.member import Member

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

ID_REQUIRED_FROM = 4
SKIP_ASSIGNMENT_FROM = 9
# group.min.session.timeout.ms is 6 s with Kafka; for tests it is commonly set lower, as here.
SHORTEST_SESSION, LONGEST_SESSION = 1, 1_800_000


def handle(request: Request) -> Outcome:
    """Let the member in, or say why not."""
    body, cluster = request.body, request.cluster
    code = _check_request(request)
    if code:
        return _refuse(request, code)
    cluster.consumer_groups.delete(body.group_id)
    group = cluster.groups.get_or_create(body.group_id)
    code = _check(request, group)
    if code:
        return _refuse(request, code)
    if body.member_id:
        return _join(request, group, body.member_id)
    return _join_static(request, group) if body.group_instance_id else _join_new(request, group)


def _check_request(request: Request) -> Code:
    """Say what is wrong before any group is looked into."""
    body, cluster = request.body, request.cluster
    if not body.group_id:
        return Code.INVALID_GROUP_ID
    if not SHORTEST_SESSION <= body.session_timeout_ms <= LONGEST_SESSION:
        return Code.INVALID_SESSION_TIMEOUT
    consumers = cluster.consumer_groups.by_name.get(body.group_id)
    if consumers is not None and consumers.members:
        return Code.INCONSISTENT_GROUP_PROTOCOL
    if body.group_id not in cluster.groups.by_name and body.member_id:
        return Code.UNKNOWN_MEMBER_ID
    return Code.NONE


def _check(request: Request, group: Group) -> Code:
    body = request.body
    if not group.accepts(body.protocol_type, [each.name for each in body.protocols]):
        return Code.INCONSISTENT_GROUP_PROTOCOL
    known = group.instance(body.group_instance_id)
    if body.member_id and known is not None and known.id != body.member_id:
        return Code.FENCED_INSTANCE_ID
    if body.member_id and body.member_id not in {*group.members, *group.pending}:
        return Code.UNKNOWN_MEMBER_ID
    return Code.NONE


def _join_new(request: Request, group: Group) -> Outcome:
    member_id = request.cluster.new_id(request.client_id)
    if request.version < ID_REQUIRED_FROM:
        return _join(request, group, member_id)
    until = request.cluster.now() + request.body.session_timeout_ms / 1000
    group.promise(member_id, until)
    return _refuse(request, Code.MEMBER_ID_REQUIRED, member_id)


def _join_static(request: Request, group: Group) -> Outcome:
    old = group.instance(request.body.group_instance_id)
    member_id = request.cluster.new_id(request.body.group_instance_id)
    if old is None:
        return _join(request, group, member_id)
    member = _member(request, member_id)
    led_by_old = group.leader == old.id
    unchanged = old.protocols.get(group.protocol) == member.protocols.get(group.protocol)
    group.replace(old, member)
    if group.state is not State.STABLE or not unchanged:
        return _join(request, group, member_id)
    if led_by_old and request.version < SKIP_ASSIGNMENT_FROM:
        # Clients that cannot be told to skip the assignment must not take themselves for leader.
        return Reply(_response(request, group, member_id, leader=old.id))
    return Reply(_response(request, group, member_id, skip=led_by_old))


def _member(request: Request, member_id: str) -> Member:
    body = request.body
    session = body.session_timeout_ms / 1000
    rebalance = body.rebalance_timeout_ms / 1000 if body.rebalance_timeout_ms > 0 else session
    return Member(
        id=member_id,
        client_id=request.client_id,
        client_host=request.client_host,
        session_timeout=session,
        rebalance_timeout=rebalance,
        instance_id=body.group_instance_id,
        protocols={each.name: bytes(each.metadata) for each in body.protocols},
        last_seen=request.cluster.now(),
        connection=request.connection,
    )


def _join(request: Request, group: Group, member_id: str) -> Outcome:
    member = _member(request, member_id)
    if group.is_unmoved_by(member):
        group.members[member_id].heard(member.last_seen, member.connection)
    else:
        group.join(member, request.body.protocol_type, member.last_seen)
    return _await(request, group, member_id)


def _await(request: Request, group: Group, member_id: str) -> Outcome:
    code = group.check(member_id, group.generation, request.body.group_instance_id)
    if code:
        return _refuse(request, code)
    if group.state is State.PREPARING:
        keys = (group, ("member", member_id))
        return Park(keys, None, lambda _: _await(request, group, member_id))
    return Reply(_response(request, group, member_id))


def _response(
    request: Request, group: Group, member_id: str, *, leader: str | None = None, skip: bool = False
) -> Any:
    leader = leader or group.leader
    listed = group.members.values() if leader == member_id else ()
    return JoinGroupResponse(
        version=request.version,
        error_code=Code.NONE,
        generation_id=group.generation,
        protocol_type=group.protocol_type,
        protocol_name=group.protocol,
        leader=leader,
        skip_assignment=skip,
        member_id=member_id,
        members=[
            JoinGroupResponse.JoinGroupResponseMember(
                member_id=each.id,
                group_instance_id=each.instance_id,
                metadata=each.protocols[group.protocol],
            )
            for each in listed
        ],
    )


def _refuse(request: Request, code: Code, member_id: str | None = None) -> Reply:
    return Reply(
        JoinGroupResponse(
            version=request.version,
            error_code=code,
            generation_id=-1,
            protocol_type=None,
            protocol_name=None if request.version >= 7 else "",  # noqa: PLR2004 - nullable since
            leader="",
            member_id=request.body.member_id if member_id is None else member_id,
            members=[],
        )
    )
