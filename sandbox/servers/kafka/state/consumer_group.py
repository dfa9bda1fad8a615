"""One consumer group of the new protocol (KIP-848): epochs, target assignment, reconciliation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.state.assignors import ASSIGNORS, DEFAULT_ASSIGNOR
from sandbox.servers.kafka.state.consumer_member import (
    LEAVING_FOR_A_WHILE,
    ConsumerMember,
    MemberState,
    places_as_fact,
    places_from_fact,
)

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from sandbox.servers.kafka.state.assignors import Place
    from sandbox.servers.kafka.state.topics import Topics


class ConsumerGroup:
    """Members, and what each is to have; `epoch` rises with every change of who reads what."""

    def __init__(self, name: str, topics: Topics) -> None:
        """Begin empty."""
        self.name = name
        self.epoch = 0
        self.assignment_epoch = 0
        self.members: dict[str, ConsumerMember] = {}
        self.target: dict[str, set[Place]] = {}
        self._topics = topics
        # The topics that the target was made for, with their partitions.
        self._seen: dict[uuid.UUID, int] = {}

    @property
    def state(self) -> str:
        """The state, as ConsumerGroupDescribe and ListGroups name it."""
        if not self.members:
            return "Empty"
        if self.epoch > self.assignment_epoch:
            return "Assigning"
        settled = all(
            each.state is MemberState.STABLE and each.epoch == self.assignment_epoch
            for each in self.members.values()
            if each.epoch != LEAVING_FOR_A_WHILE
        )
        return "Stable" if settled else "Reconciling"

    @property
    def assignor(self) -> str:
        """The assignor that most members ask for."""
        asked = [each.assignor for each in self.members.values() if each.assignor]
        return max(asked, key=lambda name: (asked.count(name), name)) if asked else DEFAULT_ASSIGNOR

    # -- members --------------------------------------------------------------

    def instance(self, instance_id: str) -> ConsumerMember | None:
        """Give the static member of an instance id."""
        return next((m for m in self.members.values() if m.instance_id == instance_id), None)

    def check(self, member_id: str, epoch: int, owned: AbstractSet[Place] | None) -> Code:
        """Say whether a member may speak with that epoch.

        The one before the last is allowed where the answer may have been lost.
        """
        member = self.members.get(member_id)
        if member is None:
            return Code.UNKNOWN_MEMBER_ID
        if epoch == member.epoch:
            return Code.NONE
        was_lost = epoch == member.previous_epoch and owned is not None and owned <= member.assigned
        return Code.NONE if epoch < member.epoch and was_lost else Code.FENCED_MEMBER_EPOCH

    def check_commit(self, member_id: str, epoch: int) -> Code:
        """Say whether a member may commit or fetch offsets with that epoch."""
        if not self.members and epoch < 0:
            return Code.NONE
        member = self.members.get(member_id)
        if member is None:
            return Code.UNKNOWN_MEMBER_ID
        return Code.NONE if epoch == member.epoch else Code.STALE_MEMBER_EPOCH

    def take_in(self, member: ConsumerMember) -> None:
        """Know a new member."""
        self.members[member.id] = member
        self.epoch += 1

    def replace(self, old: ConsumerMember, member: ConsumerMember) -> None:
        """Let a static member that came back have what it had (KIP-345)."""
        del self.members[old.id]
        member.assigned = old.assigned
        self.members[member.id] = member
        if old.id in self.target:
            self.target[member.id] = self.target.pop(old.id)
        if (member.topics, member.regex) != (old.topics, old.regex):
            self.epoch += 1

    def subscribe(
        self, member: ConsumerMember, topics: Iterable[str] | None, regex: str | None
    ) -> None:
        """Take in what a member reads; None is what it said before."""
        before = member.topics, member.regex
        member.topics = member.topics if topics is None else frozenset(topics)
        member.regex = member.regex if regex is None else regex or None
        if before != (member.topics, member.regex):
            self.epoch += 1

    def remove(self, member_ids: Iterable[str]) -> None:
        """Forget members; the others share what they had."""
        for member_id in member_ids:
            del self.members[member_id]
            self.target.pop(member_id, None)
            self.epoch += 1

    # -- assignment -----------------------------------------------------------

    def is_subscribed(self, topic: str) -> bool:
        """Tell whether a member reads the topic."""
        return any(topic in self._names(each) for each in self.members.values())

    def _names(self, member: ConsumerMember) -> set[str]:
        known = self._topics.by_name
        names = {name for name in member.topics if name in known}
        if member.regex:
            pattern = re.compile(member.regex)
            names |= {name for name in known if pattern.fullmatch(name)}
        return names

    def _subscriptions(self) -> dict[str, set[uuid.UUID]]:
        return {
            member.id: {self._topics.by_name[name].id for name in self._names(member)}
            for member in self.members.values()
        }

    def update_target(self) -> None:
        """Make the target assignment anew, where members or their topics have changed."""
        subscriptions = self._subscriptions()
        read = set().union(*subscriptions.values())
        seen = {topic: len(self._topics.by_id[topic].partitions) for topic in read}
        if seen != self._seen:
            self._seen = seen
            self.epoch += 1
        if self.epoch > self.assignment_epoch:
            self.target = ASSIGNORS[self.assignor](subscriptions, seen, self.target)
            self.assignment_epoch = self.epoch

    def reconcile(
        self, member: ConsumerMember, owned: AbstractSet[Place] | None, now: float
    ) -> None:
        """Bring one member a step nearer to its target."""
        held = {
            place for each in self.members.values() if each is not member for place in each.holds
        }
        target = self.target.get(member.id, set())
        member.reconcile(target, self.assignment_epoch, owned, lambda place: place not in held, now)

    # -- on disk --------------------------------------------------------------

    def as_fact(self) -> dict[str, Any]:
        """Give what is kept of it on disk."""
        return {
            "epoch": self.epoch,
            "assignment_epoch": self.assignment_epoch,
            "members": [each.as_fact() for each in self.members.values()],
            "target": {name: places_as_fact(each) for name, each in self.target.items()},
            "seen": sorted([topic.hex, count] for topic, count in self._seen.items()),
        }

    def restore(self, fact: dict[str, Any], now: float) -> None:
        """Take back what was kept."""
        self.epoch = fact["epoch"]
        self.assignment_epoch = fact["assignment_epoch"]
        members = [ConsumerMember.from_fact(each, now) for each in fact["members"]]
        self.members = {each.id: each for each in members}
        self.target = {name: places_from_fact(each) for name, each in fact["target"].items()}
        self._seen = dict(places_from_fact(fact["seen"]))
