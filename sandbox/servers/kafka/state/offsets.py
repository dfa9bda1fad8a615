"""Committed offsets of consumer groups, in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.servers.kafka.state.journal import Journal

OFFSET = "offset:"
# offset.metadata.max.bytes, Kafka's default.
LONGEST_METADATA = 4096


@dataclass(frozen=True, slots=True)
class Committed:
    """An offset that a group committed: the next record that it will read."""

    offset: int
    leader_epoch: int = -1
    metadata: str | None = ""


class Offsets:
    """Offsets by group, topic and partition; a commit that returned is on disk."""

    def __init__(self, journal: Journal) -> None:
        """Read what the journal knows."""
        self._journal = journal
        self._by_group: dict[str, dict[tuple[str, int], Committed]] = {}
        for key, said in journal.under(OFFSET).items():
            topic, index, group = key.split(":", 2)
            self._by_group.setdefault(group, {})[(topic, int(index))] = Committed(*said)

    def commit(self, group: str, offsets: Iterable[tuple[str, int, Committed]]) -> None:
        """Write offsets of a group in one piece."""
        offsets = list(offsets)
        self._journal.put(
            *(
                (_key(group, topic, index), [each.offset, each.leader_epoch, each.metadata])
                for topic, index, each in offsets
            )
        )
        known = self._by_group.setdefault(group, {})
        for topic, index, committed in offsets:
            known[topic, index] = committed

    def of(self, group: str) -> dict[tuple[str, int], Committed]:
        """Give what a group has committed."""
        return self._by_group.get(group, {})

    def groups(self) -> list[str]:
        """List the groups that have committed something."""
        return list(self._by_group)

    def forget(self, group: str, places: Iterable[tuple[str, int]] | None = None) -> None:
        """Remove offsets of a group: all of them unless said."""
        known = self._by_group.get(group, {})
        gone = list(known) if places is None else [each for each in places if each in known]
        if gone:
            self._journal.put(*((_key(group, topic, index), None) for topic, index in gone))
        for each in gone:
            del known[each]
        if not known:
            self._by_group.pop(group, None)

    def forget_topic(self, topic: str) -> None:
        """Remove the offsets of a topic that was deleted."""
        for group in self.groups():
            self.forget(group, [each for each in self._by_group[group] if each[0] == topic])


def _key(group: str, topic: str, index: int) -> str:
    # A group's name may hold anything; a topic's holds no colon.
    return f"{OFFSET}{topic}:{index}:{group}"
