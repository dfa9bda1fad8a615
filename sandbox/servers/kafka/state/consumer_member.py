"""A member of a consumer group of the new protocol (KIP-848): what it reads, holds and gives up."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from sandbox.servers.kafka.state.assignors import Place

JOINING, LEAVING, LEAVING_FOR_A_WHILE = 0, -1, -2


class MemberState(Enum):
    """How far a member is on its way to what it is to have."""

    STABLE = "stable"
    UNREVOKED = "unrevoked partitions"
    UNRELEASED = "unreleased partitions"


@dataclass(slots=True)
class ConsumerMember:
    """A member; times in seconds of the broker's clock.

    `assigned` is what it may hold, `revoking` what it has to give up before it gets on.
    """

    id: str
    client_id: str
    client_host: str
    instance_id: str | None = None
    rack_id: str | None = None
    rebalance_timeout: float = 0.0
    topics: frozenset[str] = frozenset()
    regex: str | None = None
    assignor: str | None = None
    epoch: int = JOINING
    previous_epoch: int = JOINING
    state: MemberState = MemberState.STABLE
    assigned: set[Place] = field(default_factory=set)
    revoking: set[Place] = field(default_factory=set)
    last_seen: float = 0.0
    revoke_until: float | None = None
    connection: int = -1

    @property
    def holds(self) -> set[Place]:
        """What nobody else may have yet."""
        return self.assigned | self.revoking

    def reconcile(
        self,
        target: AbstractSet[Place],
        target_epoch: int,
        owned: AbstractSet[Place] | None,
        is_free: Callable[[Place], bool],
        now: float,
    ) -> None:
        """Go on towards `target`: first give up, then, once it is released by others, take.

        `owned` is what the member says that it has, None where it does not say. What it must give up
        it has to have given up within its rebalance timeout.
        """
        if self.state is MemberState.UNREVOKED:
            if owned is None or owned & self.revoking:
                return
            self.revoking = set()
        elif self.state is MemberState.STABLE and self.epoch == target_epoch:
            return
        kept = self.assigned & target
        given_up = self.assigned - target
        taken = {place for place in target - kept if is_free(place)}
        waits = len(taken) < len(target - kept)
        if given_up and (owned is None or owned & given_up):
            self._become(MemberState.UNREVOKED, kept, self.epoch)
            self.revoking = given_up
            self.revoke_until = now + self.rebalance_timeout
            return
        state = MemberState.UNRELEASED if waits else MemberState.STABLE
        self._become(state, kept | taken, target_epoch)

    def _become(self, state: MemberState, assigned: set[Place], epoch: int) -> None:
        self.state = state
        self.assigned = assigned
        self.revoke_until = None
        if epoch != self.epoch:
            self.previous_epoch, self.epoch = self.epoch, epoch

    def is_overdue(self, now: float, session: float) -> bool:
        """Tell whether it was silent for too long, or gives up too slowly."""
        if self.epoch == LEAVING_FOR_A_WHILE:
            return now - self.last_seen >= session
        too_slow = self.revoke_until is not None and now >= self.revoke_until
        return too_slow or now - self.last_seen >= session

    def as_fact(self) -> dict[str, Any]:
        """Give what is kept of it on disk."""
        return {
            "id": self.id,
            "client_id": self.client_id,
            "client_host": self.client_host,
            "instance_id": self.instance_id,
            "rack_id": self.rack_id,
            "rebalance_timeout": self.rebalance_timeout,
            "topics": sorted(self.topics),
            "regex": self.regex,
            "assignor": self.assignor,
            "epoch": self.epoch,
            "previous_epoch": self.previous_epoch,
            "state": self.state.value,
            "assigned": places_as_fact(self.assigned),
            "revoking": places_as_fact(self.revoking),
        }

    @classmethod
    def from_fact(cls, fact: dict[str, Any], now: float) -> Self:
        """Make a member of what was kept; its session begins anew."""
        known = {
            **fact,
            "topics": frozenset(fact["topics"]),
            "state": MemberState(fact["state"]),
            "assigned": places_from_fact(fact["assigned"]),
            "revoking": places_from_fact(fact["revoking"]),
        }
        member = cls(**known, last_seen=now)
        if member.state is MemberState.UNREVOKED:
            member.revoke_until = now + member.rebalance_timeout
        return member


def places_as_fact(places: Iterable[Place]) -> list[list[Any]]:
    """Give partitions as JSON has them."""
    return sorted([topic.hex, index] for topic, index in places)


def places_from_fact(listed: list[list[Any]]) -> set[Place]:
    """Give partitions back."""
    return {(uuid.UUID(topic), index) for topic, index in listed}
