"""ListGroups (16): the groups that have members or offsets.

Versions 0 to 5; version 4 filters by state, version 5 by type: classic, or consumer (KIP-848).

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.admin import ListGroupsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.group import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state import Cluster

CLASSIC, CONSUMER = "classic", "consumer"


def handle(request: Request) -> Outcome:
    """List them in the order of their names."""
    wanted = {state.lower() for state in request.body.states_filter or ()}
    types = {kind.lower() for kind in request.body.types_filter or ()}
    listed = [
        ListGroupsResponse.ListedGroup(
            group_id=name, protocol_type=protocol, group_state=state, group_type=kind
        )
        for name, protocol, state, kind in _groups(request.cluster)
        if (not wanted or state.lower() in wanted) and (not types or kind in types)
    ]
    return Reply(ListGroupsResponse(version=request.version, error_code=Code.NONE, groups=listed))


def _groups(cluster: Cluster) -> Iterator[tuple[str, str, str, str]]:
    """Give name, type of protocol, state and type of each."""
    classic, consumers = cluster.groups.by_name, cluster.consumer_groups.by_name
    for name in sorted({*classic, *consumers, *cluster.offsets.groups()}):
        if name in consumers:
            yield name, CONSUMER, consumers[name].state, CONSUMER
        elif name in classic:
            yield name, classic[name].protocol_type, classic[name].state.value, CLASSIC
        else:
            yield name, "", State.EMPTY.value, CLASSIC
