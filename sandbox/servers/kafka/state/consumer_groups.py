"""All consumer groups of the new protocol (KIP-848), in the journal whenever one has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.consumer_group import ConsumerGroup

if TYPE_CHECKING:
    from sandbox.servers.kafka.state.journal import Journal
    from sandbox.servers.kafka.state.topics import Topics

CONSUMER_GROUP = "consumer-group:"


class ConsumerGroups:
    """Groups by name."""

    def __init__(self, journal: Journal, topics: Topics, now: float) -> None:
        """Take back what the journal knows; every session begins anew, at `now`."""
        self._journal = journal
        self._topics = topics
        self.by_name: dict[str, ConsumerGroup] = {}
        for name, fact in journal.under(CONSUMER_GROUP).items():
            self.get_or_create(name).restore(fact, now)

    def get_or_create(self, name: str) -> ConsumerGroup:
        """Give the group of that name."""
        if name not in self.by_name:
            self.by_name[name] = ConsumerGroup(name, self._topics)
        return self.by_name[name]

    def record(self, group: ConsumerGroup) -> None:
        """Keep a group as it is now, unless that is known already."""
        key, fact = CONSUMER_GROUP + group.name, group.as_fact()
        if self._journal.facts.get(key) != fact:
            self._journal.put((key, fact))

    def delete(self, name: str) -> None:
        """Forget a group."""
        if self.by_name.pop(name, None) is not None:
            self._journal.put((CONSUMER_GROUP + name, None))

    def remove_members(self, group: ConsumerGroup, member_ids: list[str]) -> None:
        """Put members out of a group."""
        if member_ids:
            group.remove(member_ids)
            self.record(group)
