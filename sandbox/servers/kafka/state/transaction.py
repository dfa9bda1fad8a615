"""One transactional producer (KIP-98): its id and epoch, what its transaction touches, its state."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from sandbox.servers.kafka.state.offsets import Committed

if TYPE_CHECKING:
    from collections.abc import Mapping

Place = tuple[str, int]

NO_EPOCH = -1
# The greatest epoch is kept for fencing whoever has the one before it.
LAST_EPOCH = 32766


class State(Enum):
    """The states of a transaction, under the names that DescribeTransactions gives them."""

    EMPTY = "Empty"
    ONGOING = "Ongoing"
    PREPARE_COMMIT = "PrepareCommit"
    PREPARE_ABORT = "PrepareAbort"
    COMPLETE_COMMIT = "CompleteCommit"
    COMPLETE_ABORT = "CompleteAbort"


# Into which states a transaction may go from each. A producer that begins anew is empty again.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.EMPTY: frozenset({State.EMPTY, State.ONGOING}),
    State.ONGOING: frozenset({State.ONGOING, State.PREPARE_COMMIT, State.PREPARE_ABORT}),
    State.PREPARE_COMMIT: frozenset({State.COMPLETE_COMMIT}),
    State.PREPARE_ABORT: frozenset({State.COMPLETE_ABORT}),
    State.COMPLETE_COMMIT: frozenset({State.EMPTY, State.ONGOING}),
    State.COMPLETE_ABORT: frozenset({State.EMPTY, State.ONGOING}),
}


@dataclass(eq=False, slots=True)
class Transaction:
    """What is known of a transactional id; times in milliseconds, `timeout` too.

    `started` is when the last transaction began. `last_epoch` is the epoch before the last one that its own producer asked for (KIP-360). `offsets`
    are those that become the groups' when it commits.
    """

    id: str
    producer_id: int
    timeout: int
    epoch: int = NO_EPOCH
    last_epoch: int = NO_EPOCH
    state: State = State.EMPTY
    started: int = -1
    partitions: set[Place] = field(default_factory=set)
    offsets: dict[str, dict[Place, Committed]] = field(default_factory=dict)

    def become(self, state: State) -> None:
        """Go into a state; raises ValueError where the table does not allow it."""
        if state not in TRANSITIONS[self.state]:
            raise ValueError(f"{self.id}: {self.state.value} cannot become {state.value}")
        self.state = state

    def begin(self, now: int) -> None:
        """Be ongoing, since `now` unless it is already."""
        if self.state is not State.ONGOING:
            self.started = now
        self.become(State.ONGOING)

    def clear(self) -> None:
        """Touch nothing any more."""
        self.partitions = set()
        self.offsets = {}

    def is_overdue(self, now: int) -> bool:
        """Tell whether it is open for longer than its producer said that it would be."""
        return self.state is State.ONGOING and now >= self.started + self.timeout

    def as_fact(self) -> dict[str, Any]:
        """Give what is kept of it on disk."""
        return {
            "producer_id": self.producer_id,
            "timeout": self.timeout,
            "epoch": self.epoch,
            "last_epoch": self.last_epoch,
            "state": self.state.value,
            "started": self.started,
            "partitions": sorted(self.partitions),
            "offsets": {
                group: [
                    [*place, each.offset, each.leader_epoch, each.metadata]
                    for place, each in offsets.items()
                ]
                for group, offsets in self.offsets.items()
            },
        }

    @classmethod
    def from_fact(cls, name: str, fact: dict[str, Any]) -> Self:
        """Make one of what was kept."""
        places = {(topic, index) for topic, index in fact["partitions"]}
        offsets = {
            group: {(topic, index): Committed(*said) for topic, index, *said in listed}
            for group, listed in fact["offsets"].items()
        }
        known = {**fact, "state": State(fact["state"]), "partitions": places, "offsets": offsets}
        return cls(name, **known)
