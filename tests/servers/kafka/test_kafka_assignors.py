"""Who gets which partitions: all are given once, to who reads them, evenly, and few are moved."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.servers.kafka.state.assignors import ASSIGNORS, assign_range, assign_uniform

if TYPE_CHECKING:
    from sandbox.servers.kafka.state.assignors import Assignment, Place

TOPICS = [uuid.UUID(int=number + 1) for number in range(3)]
MEMBERS = st.dictionaries(
    st.sampled_from("abcde"), st.frozensets(st.sampled_from(TOPICS), min_size=1), min_size=1
)
COUNTS = st.fixed_dictionaries({topic: st.integers(1, 7) for topic in TOPICS})


def all_places(
    subscriptions: dict[str, frozenset[uuid.UUID]], counts: dict[uuid.UUID, int]
) -> set[Place]:
    """Give the partitions that somebody reads."""
    read = set().union(*subscriptions.values())
    return {(topic, index) for topic in read for index in range(counts[topic])}


@pytest.mark.parametrize("name", ASSIGNORS)
@given(subscriptions=MEMBERS, counts=COUNTS)
def test_every_partition_is_given_once(
    name: str, subscriptions: dict[str, frozenset[uuid.UUID]], counts: dict[uuid.UUID, int]
) -> None:
    """To a member that reads its topic, and to one alone."""
    target = ASSIGNORS[name](subscriptions, counts, {})
    given_out = [place for places in target.values() for place in places]
    assert len(given_out) == len(set(given_out))
    assert set(given_out) == all_places(subscriptions, counts)
    for member, places in target.items():
        assert {topic for topic, _ in places} <= subscriptions[member]


@given(counts=COUNTS, before=st.integers(1, 6), after=st.integers(1, 6))
def test_uniform_is_even_and_moves_few(
    counts: dict[uuid.UUID, int], before: int, after: int
) -> None:
    """Among members that read the same, nobody has two more; what need not move stays."""

    def members(count: int) -> dict[str, frozenset[uuid.UUID]]:
        return {f"m{number}": frozenset(TOPICS) for number in range(count)}

    first = assign_uniform(members(before), counts, {})
    second = assign_uniform(members(after), counts, first)
    sizes = [len(places) for places in second.values()]
    assert max(sizes) - min(sizes) <= 1
    stayed = sum(len(first[member] & second[member]) for member in first if member in second)
    assert stayed >= least_that_stays(first, second)


def least_that_stays(first: Assignment, second: Assignment) -> int:
    """Give how many partitions can stay where they were: what each member has both before and after."""
    return sum(min(len(first[name]), len(second[name])) for name in first if name in second)


def test_range_gives_runs() -> None:
    """The first members of a topic have one more, and each has neighbours."""
    topic = TOPICS[0]
    reads = frozenset({topic})
    target = assign_range({"b": reads, "a": reads, "c": reads}, {topic: 7}, {})
    runs = {member: sorted(index for _, index in places) for member, places in target.items()}
    assert runs == {"a": [0, 1, 2], "b": [3, 4], "c": [5, 6]}
