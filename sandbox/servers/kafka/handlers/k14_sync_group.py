"""SyncGroup (14): the leader hands out the assignment, the others receive theirs.

Versions 0 to 5. Members wait for the leader.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.consumer import SyncGroupResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Park, Reply
from sandbox.servers.kafka.state.group import Group, State

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

PROTOCOL_CHECKED_FROM = 5


def handle(request: Request) -> Outcome:
    """Take the leader's assignment; give each member its own."""
    body = request.body
    if request.version >= PROTOCOL_CHECKED_FROM and None in (
        body.protocol_type,
        body.protocol_name,
    ):
        return _reply(request, Code.INCONSISTENT_GROUP_PROTOCOL)
    group = request.cluster.groups.by_name.get(body.group_id)
    if group is None:
        return _reply(request, Code.UNKNOWN_MEMBER_ID)
    code = group.check(body.member_id, body.generation_id, body.group_instance_id)
    if not code and not _same_protocol(request, group):
        code = Code.INCONSISTENT_GROUP_PROTOCOL
    if code:
        return _reply(request, code)
    group.members[body.member_id].heard(request.cluster.now(), request.connection)
    if group.state is State.COMPLETING and body.member_id == group.leader:
        group.assign({each.member_id: bytes(each.assignment) for each in body.assignments})
    return _await(request, group)


def _same_protocol(request: Request, group: Group) -> bool:
    body = request.body
    if request.version < PROTOCOL_CHECKED_FROM:
        return True
    return bool(body.protocol_type == group.protocol_type and body.protocol_name == group.protocol)


def _await(request: Request, group: Group) -> Outcome:
    body = request.body
    member = group.members.get(body.member_id)
    if member is None:
        return _reply(request, group.check(body.member_id, -1, body.group_instance_id))
    if group.state is State.STABLE and group.generation == body.generation_id:
        return _reply(request, Code.NONE, group, member.assignment)
    if group.state is State.COMPLETING and group.generation == body.generation_id:
        keys = (group, ("member", member.id))
        return Park(keys, None, lambda _: _await(request, group))
    return _reply(request, Code.REBALANCE_IN_PROGRESS)


def _reply(
    request: Request, code: Code, group: Group | None = None, assignment: bytes = b""
) -> Reply:
    return Reply(
        SyncGroupResponse(
            version=request.version,
            error_code=code,
            protocol_type=group.protocol_type if group else None,
            protocol_name=group.protocol if group else None,
            assignment=assignment,
        )
    )
