"""Heartbeat (12): a member is still there.

Versions 0 to 4. The answer tells a member that the group is rebalancing, so that it joins again.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.consumer import HeartbeatResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.group import State

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request


def handle(request: Request) -> Outcome:
    """Note that the member lives, and tell it how its group is."""
    return Reply(HeartbeatResponse(version=request.version, error_code=_code(request)))


def _code(request: Request) -> Code:
    body, cluster = request.body, request.cluster
    group = cluster.groups.by_name.get(body.group_id)
    if group is None:
        return Code.UNKNOWN_MEMBER_ID
    code = group.check(body.member_id, body.generation_id, body.group_instance_id)
    if code:
        return code
    group.members[body.member_id].heard(cluster.now(), request.connection)
    return Code.REBALANCE_IN_PROGRESS if group.state is State.PREPARING else Code.NONE
