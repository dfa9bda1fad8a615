"""Sessions and rebalances on demand, in groups of both protocols: what the control port asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from sandbox.servers.kafka.state import Cluster
    from sandbox.servers.kafka.state.consumer_member import ConsumerMember
    from sandbox.servers.kafka.state.member import Member


@dataclass(frozen=True, slots=True)
class Meant:
    """Whose sessions are to end.

    One member's (an id, or an instance id), everybody's, or, where neither is said, those of members
    whose connection is gone.
    """

    group: str | None = None
    member: str | None = None
    everybody: bool = False

    def of(
        self, members: Iterable[Member | ConsumerMember], connections: Container[int]
    ) -> list[str]:
        """Give the ids of those who are meant."""
        return [
            each.id
            for each in members
            if self.everybody
            or self.member in (each.id, each.instance_id or each.id)
            or (self.member is None and each.connection not in connections)
        ]


def end_sessions(cluster: Cluster, connections: Container[int], meant: Meant) -> list[str]:
    """End sessions at once, as if their time were over; gives the ids of the members."""
    ended = []
    for group in cluster.groups.with_members():
        if meant.group in (None, group.name):
            gone = meant.of(group.members.values(), connections)
            if meant.member is None:
                group.pending.clear()
            group.leave(gone, cluster.now())
            ended += gone
    for consumers in list(cluster.consumer_groups.by_name.values()):
        if meant.group in (None, consumers.name):
            gone = meant.of(consumers.members.values(), connections)
            cluster.consumer_groups.remove_members(consumers, gone)
            ended += gone
    return ended


def begin_rebalances(cluster: Cluster, name: str | None) -> list[str]:
    """Have the members of a group (None: of every group) join anew; gives the groups' names."""
    begun = []
    for group in cluster.groups.with_members():
        if name in (None, group.name) and group.is_settling_or_settled:
            group.rebalance(cluster.now())
            begun.append(group.name)
    for consumers in cluster.consumer_groups.by_name.values():
        if name in (None, consumers.name) and consumers.members:
            consumers.epoch += 1
            cluster.consumer_groups.record(consumers)
            begun.append(consumers.name)
    return begun
