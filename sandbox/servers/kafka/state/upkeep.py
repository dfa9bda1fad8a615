"""Retention and compaction: what is due is done a little at a time, between other work."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sandbox.servers.kafka.state.compaction import Cleaned, next_cleaning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.servers.kafka.state.log import PartitionLog
    from sandbox.servers.kafka.state.topics import Topics

# How often it is looked for what is due, and how long one turn may take, in seconds.
EVERY = 0.5
AT_MOST = 0.005


class Upkeep:
    """Looks after the logs of all topics. `now` gives seconds, `wall_clock` milliseconds."""

    def __init__(
        self, topics: Topics, now: Callable[[], float], wall_clock: Callable[[], int]
    ) -> None:
        """Begin with nothing to do."""
        self._topics = topics
        self._now = now
        self._wall_clock = wall_clock
        self._cleaned: WeakKeyDictionary[PartitionLog, Cleaned] = WeakKeyDictionary()
        self._work: Iterator[None] = iter(())
        self._next_look = 0.0

    def turn(self) -> None:
        """Go on with what is under way, for AT_MOST; where that is done, look what is due."""
        began = self._now()
        for _ in self._work:
            if self._now() - began >= AT_MOST:
                return
        if began >= self._next_look:
            self._next_look = began + EVERY
            self._work = self._all_that_is_due()

    def _all_that_is_due(self) -> Iterator[None]:
        for topic in list(self._topics.by_name.values()):
            settings = topic.settings
            is_limited = settings.retention_ms >= 0 or settings.retention_bytes >= 0
            for log in list(topic.partitions):
                if topic.is_deleted:
                    break
                if settings.deletes and is_limited:
                    log.retain(self._wall_clock())
                if settings.compacts:
                    yield from self._compact(log)
            yield

    def _compact(self, log: PartitionLog) -> Iterator[None]:
        cleaned = self._cleaned.setdefault(log, Cleaned())
        cleaning = next_cleaning(log, cleaned, self._wall_clock())
        if cleaning is not None and (yield from cleaning.run()):
            cleaned.until = cleaning.upto
