"""Server-side assignors (KIP-848): who in a group gets which partitions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Place = tuple[uuid.UUID, int]
Assignment = dict[str, set[Place]]
Subscriptions = Mapping[str, AbstractSet[uuid.UUID]]
Partitions = Mapping[uuid.UUID, int]


def assign_uniform(
    subscriptions: Subscriptions, partitions: Partitions, present: Mapping[str, AbstractSet[Place]]
) -> Assignment:
    """Spread partitions evenly, and move as few of the present ones as that takes.

    `subscriptions` are the topics of each member, `partitions` how many each topic has, `present`
    what members were meant to have before.
    """
    wanted = _places(subscriptions, partitions)
    taken: set[Place] = set()
    target: Assignment = {}
    for member, topics in subscriptions.items():
        kept = {p for p in present.get(member, ()) if p in wanted and p[0] in topics} - taken
        target[member] = kept
        taken |= kept
    for place in sorted(wanted - taken, key=_order):
        readers = [each for each, topics in subscriptions.items() if place[0] in topics]
        least = min(readers, key=lambda each: (len(target[each]), each))
        target[least].add(place)
    _even_out(target, subscriptions)
    return target


def _even_out(target: Assignment, subscriptions: Subscriptions) -> None:
    """Move partitions from who has most to who has least, while that makes a difference."""
    while _move_one(target, subscriptions):
        pass


def _move_one(target: Assignment, subscriptions: Subscriptions) -> bool:
    """Move one partition from the fullest member that can give one away; tells whether any could."""
    for giver in sorted(target, key=lambda each: (-len(target[each]), each)):
        for place in sorted(target[giver], key=_order, reverse=True):
            readers = [each for each, topics in subscriptions.items() if place[0] in topics]
            least = min(readers, key=lambda each: (len(target[each]), each))
            if len(target[giver]) - len(target[least]) > 1:
                target[giver].remove(place)
                target[least].add(place)
                return True
    return False


def assign_range(
    subscriptions: Subscriptions, partitions: Partitions, present: Mapping[str, AbstractSet[Place]]
) -> Assignment:
    """Give each member of a topic, in the order of their ids, a run of its partitions."""
    del present
    target: Assignment = {member: set() for member in subscriptions}
    for topic, count in partitions.items():
        readers = sorted(each for each, topics in subscriptions.items() if topic in topics)
        begin = 0
        for number, member in enumerate(readers):
            size = count // len(readers) + (number < count % len(readers))
            target[member] |= {(topic, index) for index in range(begin, begin + size)}
            begin += size
    return target


def _places(subscriptions: Subscriptions, partitions: Partitions) -> set[Place]:
    topics = set().union(*subscriptions.values())
    return {
        (topic, index)
        for topic, count in partitions.items()
        if topic in topics
        for index in range(count)
    }


def _order(place: Place) -> tuple[int, int]:
    return place[0].int, place[1]


ASSIGNORS: Mapping[
    str, Callable[[Subscriptions, Partitions, Mapping[str, AbstractSet[Place]]], Assignment]
]
ASSIGNORS = {"uniform": assign_uniform, "range": assign_range}
DEFAULT_ASSIGNOR = "uniform"
