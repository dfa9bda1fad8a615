"""One consumer group (the classic protocol, KIP-62, KIP-345, KIP-394): states as a table."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.servers.kafka.state.member import Member


class State(Enum):
    """The states of a group, under the names that DescribeGroups gives them."""

    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"
    DEAD = "Dead"


# Into which states a group may go from each. A group that is deleted is dead, and forgotten.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.EMPTY: frozenset({State.PREPARING, State.DEAD}),
    State.PREPARING: frozenset({State.COMPLETING, State.EMPTY, State.DEAD}),
    State.COMPLETING: frozenset({State.STABLE, State.PREPARING, State.DEAD}),
    State.STABLE: frozenset({State.PREPARING, State.DEAD}),
    State.DEAD: frozenset(),
}


class Group:
    """Members and generations. `changed` is called with the group at every transition."""

    def __init__(
        self, name: str, changed: Callable[[Group], None], initial_delay: float = 0.0
    ) -> None:
        """Begin empty; `initial_delay` is how long an empty group waits for more to join (KIP-134).

        In seconds; whoever joins meanwhile makes the wait begin anew.
        """
        self.name = name
        self.state = State.EMPTY
        self.generation = 0
        self.protocol_type = ""
        self.protocol = ""
        self.leader = ""
        self.members: dict[str, Member] = {}
        self.pending: dict[str, float] = {}
        self.rebalance_until = 0.0
        self._initial_delay = initial_delay
        self._first_until = 0.0
        self._is_first = False
        self._instances: dict[str, str] = {}
        self._changed = changed

    def become(self, state: State) -> None:
        """Go into a state; raises ValueError where the table does not allow it."""
        if state not in TRANSITIONS[self.state]:
            raise ValueError(f"group {self.name}: {self.state.value} cannot become {state.value}")
        self.state = state
        self._changed(self)

    def restore(self, members: Sequence[Member]) -> None:
        """Take back the members that a stable group had before the process ended."""
        for member in members:
            self._take_in(member)
        if members:
            self.state = State.STABLE

    # -- joining --------------------------------------------------------------

    def promise(self, member_id: str, until: float) -> None:
        """Expect a member that was sent away to come back with its id (KIP-394)."""
        self.pending[member_id] = until

    def accepts(self, protocol_type: str, protocols: Sequence[str]) -> bool:
        """Tell whether somebody with these protocols can be a member beside the present ones."""
        if not protocols or not protocol_type:
            return False
        if not self.members:
            return True
        return protocol_type == self.protocol_type and bool(self._common() & set(protocols))

    def _common(self) -> set[str]:
        return set.intersection(*(set(each.protocols) for each in self.members.values()))

    def instance(self, instance_id: str | None) -> Member | None:
        """Give the static member of that instance id (KIP-345)."""
        return self.members.get(self._instances.get(instance_id or "", ""))

    def is_unmoved_by(self, member: Member) -> bool:
        """Tell whether a member that joins again finds its generation as it left it.

        It is one whose answer was lost, or a follower that has nothing new to say.
        """
        known = self.members.get(member.id)
        if known is None or known.protocols != member.protocols:
            return False
        is_follower = self.state is State.STABLE and member.id != self.leader
        return self.state is State.COMPLETING or is_follower

    def join(self, member: Member, protocol_type: str, now: float) -> None:
        """Take a member into the next generation, as a new one or again."""
        known = self.members.get(member.id)
        if known is not None:
            member.assignment = known.assignment
        self._take_in(member)
        self.protocol_type = protocol_type
        if self.state is State.EMPTY or (known is None and now < self._first_until):
            self._is_first = True
            self._first_until = now + self._initial_delay
        if self.state is not State.PREPARING:
            self.rebalance(now)
        member.joined = True
        self.maybe_complete(now)

    def _take_in(self, member: Member) -> None:
        self.pending.pop(member.id, None)
        self.members[member.id] = member
        if member.instance_id:
            self._instances[member.instance_id] = member.id

    def replace(self, old: Member, member: Member) -> None:
        """Let a static member that came back take its own place, assignment and all."""
        del self.members[old.id]
        member.assignment = old.assignment
        member.joined = old.joined
        self._take_in(member)
        if self.leader == old.id:
            self.leader = member.id
        self._changed(self)

    def rebalance(self, now: float) -> None:
        """Begin a new generation: everybody must join again."""
        self.rebalance_until = now + self._patience()
        for each in self.members.values():
            each.joined = False
        self.become(State.PREPARING)

    def _patience(self) -> float:
        """Give how long everybody waits for the slowest, in seconds."""
        return max((each.rebalance_timeout for each in self.members.values()), default=0.0)

    def maybe_complete(self, now: float) -> None:
        """End the joining once everybody is there, or the time for it is over."""
        if self.state is not State.PREPARING:
            return
        missing = [each for each in self.members.values() if not each.joined]
        # The first members are waited for by time alone, whoever was sent away for an id.
        awaited = now < self._first_until if self._is_first else missing or self.pending
        if awaited and now < self.rebalance_until and self.members:
            return
        self._is_first = False
        self._first_until = now
        for each in missing:
            self._drop(each.id)
        self.generation += 1
        if self.members:
            self._begin_generation(now)
        else:
            self.protocol = self.leader = ""
            self.become(State.EMPTY)

    def _begin_generation(self, now: float) -> None:
        self.protocol = self._vote()
        if self.leader not in self.members:
            self.leader = next(iter(self.members))
        for each in self.members.values():
            each.assignment = b""
            each.last_seen = now
        self.rebalance_until = now + self._patience()
        self.become(State.COMPLETING)

    def _vote(self) -> str:
        """Choose the protocol that most members prefer, of those that all know."""
        common = self._common()
        votes = Counter(
            next(name for name in each.protocols if name in common)
            for each in self.members.values()
        )
        return votes.most_common(1)[0][0]

    def assign(self, assignments: Mapping[str, bytes]) -> None:
        """Take the leader's assignment; the group is stable."""
        for member in self.members.values():
            member.assignment = assignments.get(member.id, b"")
        self.become(State.STABLE)

    # -- staying and leaving --------------------------------------------------

    def check(self, member_id: str, generation: int, instance_id: str | None = None) -> Code:
        """Say whether a request of that member and generation is valid now."""
        if instance_id and self._instances.get(instance_id, member_id) != member_id:
            return Code.FENCED_INSTANCE_ID
        if member_id not in self.members:
            return Code.UNKNOWN_MEMBER_ID
        if generation != self.generation:
            return Code.ILLEGAL_GENERATION
        return Code.NONE

    @property
    def is_settling_or_settled(self) -> bool:
        """Tell whether all members have joined, so that a rebalance would be a new one."""
        return self.state in (State.STABLE, State.COMPLETING)

    def leave(self, members: Sequence[str], now: float) -> None:
        """Let members go; the others share what they had."""
        for member_id in members:
            self._drop(member_id)
        if members and self.is_settling_or_settled:
            self.rebalance(now)
        self.maybe_complete(now)

    def _drop(self, member_id: str) -> None:
        member = self.members.pop(member_id)
        if member.instance_id:
            self._instances.pop(member.instance_id, None)
        if self.leader == member_id:
            self.leader = ""

    def expire(self, now: float, *, waits: Callable[[str], bool]) -> None:
        """Drop members that were silent for their session; one whose request waits is not silent.

        Likewise whoever joined and does not ask for its assignment in time: all others wait for it
        if it is the leader.
        """
        for member_id in [each for each, until in self.pending.items() if now >= until]:
            del self.pending[member_id]
        overdue = self.state is State.COMPLETING and now >= self.rebalance_until
        silent = [
            each.id
            for each in self.members.values()
            if (overdue or now - each.last_seen >= each.session_timeout) and not waits(each.id)
        ]
        self.leave(silent, now)
