"""ListGroups (16): the groups that have members or offsets.

Versions 0 to 5; version 4 filters by state, version 5 by type: all groups are classic.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.admin import ListGroupsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.group import State

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

CLASSIC = "classic"


def handle(request: Request) -> Outcome:
    """List them in the order of their names."""
    cluster = request.cluster
    wanted = {state.lower() for state in request.body.states_filter or ()}
    types = {kind.lower() for kind in request.body.types_filter or ()}
    listed = []
    for name in sorted({*cluster.groups.by_name, *cluster.offsets.groups()}):
        group = cluster.groups.by_name.get(name)
        state = group.state if group else State.EMPTY
        if (wanted and state.value.lower() not in wanted) or (types and CLASSIC not in types):
            continue
        kind = group.protocol_type if group else ""
        listed.append(
            ListGroupsResponse.ListedGroup(
                group_id=name, protocol_type=kind, group_state=state.value, group_type=CLASSIC
            )
        )
    return Reply(ListGroupsResponse(version=request.version, error_code=Code.NONE, groups=listed))
