"""LeaveGroup (13): members leave, and the others share what they had.

Versions 0 to 5; from version 3 on several members, static ones by instance id.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import LeaveGroupResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

MANY_MEMBERS_FROM = 3


def handle(request: Request) -> Outcome:
    """Let one member go, or several."""
    body = request.body
    if request.version < MANY_MEMBERS_FROM:
        code = _leave(request, body.member_id, None)
        return Reply(LeaveGroupResponse(version=request.version, error_code=code))
    members = [_answer(request, each) for each in body.members]
    return Reply(LeaveGroupResponse(version=request.version, error_code=Code.NONE, members=members))


def _answer(request: Request, each: Any) -> Any:
    return LeaveGroupResponse.MemberResponse(
        member_id=each.member_id,
        group_instance_id=each.group_instance_id,
        error_code=_leave(request, each.member_id, each.group_instance_id),
    )


def _leave(request: Request, member_id: str, instance_id: str | None) -> Code:
    group = request.cluster.groups.by_name.get(request.body.group_id)
    if group is None:
        return Code.UNKNOWN_MEMBER_ID
    if instance_id:
        static = group.instance(instance_id)
        if static is None:
            return Code.UNKNOWN_MEMBER_ID
        member_id = member_id or static.id
        if static.id != member_id:
            return Code.FENCED_INSTANCE_ID
    if group.pending.pop(member_id, None) is not None:
        return Code.NONE
    if member_id not in group.members:
        return Code.UNKNOWN_MEMBER_ID
    group.leave([member_id], request.cluster.now())
    return Code.NONE
