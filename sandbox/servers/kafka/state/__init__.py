"""What the broker knows: logs, topics, groups, offsets, transactions. No sockets, no tasks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.consumer_groups import ConsumerGroups
from sandbox.servers.kafka.state.group_settings import GroupSettings
from sandbox.servers.kafka.state.groups import Groups
from sandbox.servers.kafka.state.journal import Journal
from sandbox.servers.kafka.state.offsets import Offsets
from sandbox.servers.kafka.state.quotas import Quotas
from sandbox.servers.kafka.state.topics import Topics
from sandbox.servers.kafka.state.transactions import Transactions
from sandbox.servers.kafka.state.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.endpoint import Endpoint

BROKER_ID = 1
CLUSTER_ID = "cluster-id"
NEXT_PRODUCER_ID = "next-producer-id"


@dataclass(slots=True)
class Cluster:
    """All state of the one broker. `now` gives seconds for timers, `wall_clock` milliseconds."""

    id: str
    advertised: Endpoint
    auto_create_topics: bool
    num_partitions: int
    journal: Journal
    topics: Topics
    groups: Groups
    offsets: Offsets
    transactions: Transactions
    consumer_groups: ConsumerGroups
    group_settings: GroupSettings
    quotas: Quotas
    upkeep: Upkeep
    wake: Callable[[object], None]
    now: Callable[[], float]
    wall_clock: Callable[[], int]
    random_id: Callable[[], str]

    def close(self) -> None:
        """Close every file."""
        self.topics.close()
        self.journal.close()

    def has_group(self, name: str) -> bool:
        """Tell whether a group of either protocol, or its offsets, are known."""
        is_member = name in self.groups.by_name or name in self.consumer_groups.by_name
        return is_member or bool(self.offsets.of(name))

    def expire_consumers(self) -> None:
        """Put out members of consumer groups (KIP-848) that were silent, or give up too slowly."""
        now = self.now()
        for group in list(self.consumer_groups.by_name.values()):
            session = int(self.group_settings.of(group.name)["consumer.session.timeout.ms"]) / 1000
            gone = [each.id for each in group.members.values() if each.is_overdue(now, session)]
            self.consumer_groups.remove_members(group, gone)

    def new_id(self, prefix: str) -> str:
        """Give a name that nobody has, as members of groups have it."""
        return f"{prefix}-{self.random_id()}"

    def next_producer_id(self) -> int:
        """Give an id that no producer has had."""
        return next_producer_id(self.journal)


def next_producer_id(journal: Journal) -> int:
    """Give an id that no producer has had."""
    given: int = journal.facts.get(NEXT_PRODUCER_ID, 1000)
    journal.put((NEXT_PRODUCER_ID, given + 1))
    return given


def open_cluster(
    folder: Path,
    *,
    advertised: Endpoint,
    auto_create_topics: bool,
    num_partitions: int,
    wake: Callable[[object], None],
    now: Callable[[], float],
    wall_clock: Callable[[], int],
    random_id: Callable[[], str],
) -> Cluster:
    """Read the state that lies in `folder`, or begin with none."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / "journal.ndjson")
    if CLUSTER_ID not in journal.facts:
        journal.put((CLUSTER_ID, random_id().replace("-", "")[:22]))
    topics, offsets = Topics(folder / "topics", journal), Offsets(journal)
    return Cluster(
        id=journal.facts[CLUSTER_ID],
        advertised=advertised,
        auto_create_topics=auto_create_topics,
        num_partitions=num_partitions,
        journal=journal,
        topics=topics,
        groups=Groups(journal, wake, now()),
        offsets=offsets,
        transactions=Transactions(
            journal,
            topics,
            offsets,
            wake=wake,
            wall_clock=wall_clock,
            next_producer_id=partial(next_producer_id, journal),
        ),
        consumer_groups=ConsumerGroups(journal, topics, now()),
        group_settings=GroupSettings(journal),
        quotas=Quotas(journal),
        upkeep=Upkeep(topics, now, wall_clock),
        wake=wake,
        now=now,
        wall_clock=wall_clock,
        random_id=random_id,
    )
