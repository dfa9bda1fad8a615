"""DescribeGroups (15): state and members of groups.

Versions 0 to 6. A group that has no members but offsets is Empty; one that nobody knows is Dead,
and from version 6 on an error; so is a group of the newer protocol (KIP-848).

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeGroupsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.operations import ON_GROUPS, if_asked
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.group import Group, State

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

Described = DescribeGroupsResponse.DescribedGroup
UNKNOWN_IS_AN_ERROR_FROM = 6


def handle(request: Request) -> Outcome:
    """Describe each group that is named."""
    groups = [_describe(request, name) for name in request.body.groups]
    return Reply(DescribeGroupsResponse(version=request.version, groups=groups))


def _describe(request: Request, name: str) -> Any:
    cluster = request.cluster
    group = cluster.groups.by_name.get(name)
    is_other = name in cluster.consumer_groups.by_name
    state = (
        group.state
        if group
        else State.EMPTY
        if cluster.offsets.of(name) and not is_other
        else State.DEAD
    )
    is_error = state is State.DEAD and request.version >= UNKNOWN_IS_AN_ERROR_FROM
    code = Code.GROUP_ID_NOT_FOUND if is_error else Code.NONE
    return Described(
        error_code=code,
        error_message=f"Group {name} not found." if code else None,
        group_id=name,
        group_state=state.value,
        protocol_type=group.protocol_type if group else "",
        protocol_data=group.protocol if group and group.state is State.STABLE else "",
        members=_members(group) if group else [],
        authorized_operations=if_asked(ON_GROUPS, asked=request.body.include_authorized_operations),
    )


def _members(group: Group) -> list[Any]:
    return [
        Described.DescribedGroupMember(
            member_id=each.id,
            group_instance_id=each.instance_id,
            client_id=each.client_id,
            client_host=each.client_host,
            member_metadata=each.protocols.get(group.protocol, b""),
            member_assignment=each.assignment,
        )
        for each in group.members.values()
    ]
