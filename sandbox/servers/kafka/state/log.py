"""The log of one partition: segments, of which the last one is appended to."""

from __future__ import annotations

import struct
from bisect import bisect_right
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.batch import MAX_TIMESTAMP_AT, Batch, Bytes, assign
from sandbox.servers.kafka.state.log_settings import LogSettings
from sandbox.servers.kafka.state.marker import is_commit
from sandbox.servers.kafka.state.open_transactions import OpenTransactions
from sandbox.servers.kafka.state.producers import Producers
from sandbox.servers.kafka.state.segment import NEVER, SUFFIX, Segment, segment_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEADER_EPOCH = 0
TIMESTAMP = struct.Struct(">q")
# What compaction was writing when the process ended.
UNFINISHED = ".cleaned"


class PartitionLog:
    """Appends and reads batches; `start` is the first offset that is kept, `end` the next one."""

    def __init__(self, folder: Path, settings: LogSettings | None = None) -> None:
        """Open the folder, or make it; cut torn tails. `cut` is how many bytes those were."""
        self.folder = folder
        self.settings = settings or LogSettings()
        self.producers = Producers()
        self.transactions = OpenTransactions()
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"*{UNFINISHED}"):
            left.unlink()
        paths = sorted(folder.glob(f"*{SUFFIX}")) or [segment_path(folder, 0)]
        self.segments = [Segment(path) for path in paths]
        self.cut = sum(segment.recover(self._know) for segment in self.segments)
        self.start = self.segments[0].base
        # How often records were forgotten: whoever looks at segments for longer minds it.
        self.forgettings = 0
        self.end = self.segments[-1].end

    def _know(self, batch: Batch, data: Bytes) -> None:
        self.producers.append(batch)
        self.transactions.append(batch, commits=is_commit(data) if batch.is_control else None)

    def close(self) -> None:
        """Close every file."""
        self.forgettings += 1
        for segment in self.segments:
            segment.close()

    @property
    def active(self) -> Segment:
        """The segment that is appended to."""
        return self.segments[-1]

    @property
    def size(self) -> int:
        """How many bytes its files have."""
        return sum(segment.size for segment in self.segments)

    @property
    def last_stable(self) -> int:
        """The offset that a read_committed consumer may read up to."""
        return self.transactions.last_stable(self.end)

    # -- writing --------------------------------------------------------------

    def append(self, data: bytearray | memoryview) -> int:
        """Write one checked batch; gives the offset of its first record. Raises OSError."""
        first = self.end
        assign(data, first, LEADER_EPOCH)
        segment = self.segments[-1]
        if segment.size and self._is_full(segment, data):
            segment = self.roll()
        batch = segment.append(data)
        self.end = batch.next_offset
        self._know(batch, data)
        return first

    def _is_full(self, segment: Segment, data: bytearray | memoryview) -> bool:
        """Tell whether a batch is too large, or too much later than the first, for a segment."""
        if segment.size + len(data) > self.settings.segment_bytes:
            return True
        (timestamp,) = TIMESTAMP.unpack_from(data, MAX_TIMESTAMP_AT)
        return bool(timestamp - segment.first_timestamp > self.settings.segment_ms)

    def roll(self) -> Segment:
        """Begin a new segment, unless the last one is empty. Raises OSError."""
        if self.active.size:
            self.segments.append(Segment(segment_path(self.folder, self.end)))
        return self.active

    # -- reading --------------------------------------------------------------

    def _from(self, offset: int) -> Iterator[Segment]:
        """Give the segments that may hold `offset` or what follows it."""
        first = bisect_right(self.segments, offset, key=lambda each: each.base) - 1
        yield from self.segments[max(0, first) :]

    def read(self, offset: int, max_bytes: int, before: int | None = None) -> bytes:
        """Give whole batches of one segment from the one that holds `offset` on, before `before`.

        At most `max_bytes`, but one batch at least, so that a consumer always gets on (KIP-74).
        """
        limit = self.end if before is None else min(before, self.end)
        if offset >= limit:
            return b""
        active = self.segments[-1]
        if offset >= active.base:
            return active.read(offset, max_bytes, limit)
        return next(
            filter(None, (s.read(offset, max_bytes, limit) for s in self._from(offset))), b""
        )

    def at_or_after(self, timestamp: int) -> tuple[int, int] | None:
        """Give offset and time of the first record at or after `timestamp` (milliseconds)."""
        from sandbox.servers.kafka.state.records import first_at_or_after  # noqa: PLC0415 - rare

        for segment in self._from(self.start):
            for data in segment.since(timestamp, self.start):
                found = first_at_or_after(data, timestamp, self.start)
                if found is not None:
                    return found
        return None

    def greatest_timestamp(self) -> tuple[int, int] | None:
        """Give offset and time of the record with the greatest time (KIP-734)."""
        greatest = max(segment.greatest_timestamp for segment in self.segments)
        return None if greatest == NEVER else self.at_or_after(greatest)

    # -- forgetting -----------------------------------------------------------

    def forget_before(self, offset: int) -> None:
        """Move the start; what lies before it is no longer read, and whole segments are deleted."""
        self.forgettings += 1
        self.start = min(max(self.start, offset), self.end)
        while len(self.segments) > 1 and self.segments[1].base <= self.start:
            self.segments.pop(0).remove()
        self.segments[0].drop_first(self.start)
        self.transactions.forget_before(self.start)

    def retain(self, now: int) -> None:
        """Delete the oldest segments that are too old or too many, as its settings say.

        `now` is in milliseconds since 1970. A segment goes when its greatest time is over; the last
        one goes only after another was begun.
        """
        while self._is_over(self.segments[0], now):
            if len(self.segments) == 1:
                self.roll()
            self.forget_before(self.segments[1].base)

    def _is_over(self, segment: Segment, now: int) -> bool:
        settings = self.settings
        if not segment.size or not settings.deletes:
            return False
        age = now - segment.greatest_timestamp
        if 0 <= settings.retention_ms < age:
            return True
        return 0 <= settings.retention_bytes <= self.size - segment.size

    def replace(self, old: Segment, new: Segment) -> None:
        """Put a segment in the place of another; whoever reads next reads that."""
        new.rename(old.path)
        old.close()
        self.segments[self.segments.index(old)] = new
