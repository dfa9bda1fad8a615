"""All consumer groups; a generation that is settled is in the journal, members and all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.servers.kafka.state.group import Group, State
from sandbox.servers.kafka.state.member import read_member
from sandbox.servers.kafka.state.settings import BROKER_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.servers.kafka.state.journal import Journal

GROUP = "group:"
INITIAL_DELAY = int(BROKER_SETTINGS["group.initial.rebalance.delay.ms"]) / 1000
# A rebalance that was under way is begun again by its members: only what is settled is kept.
SETTLED = (State.STABLE, State.EMPTY)


class Groups:
    """Groups by name. `wake` is called with a group when who waits for it should look again."""

    def __init__(self, journal: Journal, wake: Callable[[object], None], now: float) -> None:
        """Take back what the journal knows; every session begins anew, at `now`."""
        self._journal = journal
        self._wake = wake
        self.by_name: dict[str, Group] = {}
        for name, fact in journal.under(GROUP).items():
            group = self.get_or_create(name)
            group.generation = fact["generation"]
            group.protocol_type = fact["protocol_type"]
            group.protocol = fact["protocol"]
            group.leader = fact["leader"]
            group.restore([read_member(each, now) for each in fact["members"]])

    def _changed(self, group: Group) -> None:
        if group.state in SETTLED:
            self._journal.put((GROUP + group.name, _fact(group)))
        self._wake(group)

    def with_members(self) -> list[Group]:
        """Give the groups that somebody is in, or about to be."""
        return [each for each in self.by_name.values() if each.members or each.pending]

    def get_or_create(self, name: str) -> Group:
        """Give the group of that name."""
        if name not in self.by_name:
            self.by_name[name] = Group(name, self._changed, INITIAL_DELAY)
        return self.by_name[name]

    def delete(self, name: str) -> None:
        """Forget a group."""
        group = self.by_name.pop(name, None)
        if group is not None:
            group.become(State.DEAD)
            self._journal.put((GROUP + name, None))


def _fact(group: Group) -> dict[str, Any]:
    return {
        "generation": group.generation,
        "protocol_type": group.protocol_type,
        "protocol": group.protocol,
        "leader": group.leader,
        "members": [each.as_fact() for each in group.members.values()],
    }
