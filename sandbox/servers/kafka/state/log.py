"""The log of one partition: an append-only file of record batches, and an index in memory.

The file is the truth. What the operating system has taken survives the end of this process however
it comes; a batch that was cut off in the middle is removed when the log is opened again.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.batch import (
    HEADER_SIZE,
    Batch,
    Bytes,
    CorruptBatchError,
    OldFormatError,
    assign,
    read_batch,
    read_header,
)
from sandbox.servers.kafka.state.marker import is_commit
from sandbox.servers.kafka.state.open_transactions import OpenTransactions
from sandbox.servers.kafka.state.producers import Producers

if TYPE_CHECKING:
    from pathlib import Path

LEADER_EPOCH = 0


@dataclass(slots=True)
class Index:
    """Where each batch lies: base offset, position in the file, greatest timestamp up to it."""

    bases: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    reached: list[int] = field(default_factory=list)

    def add(self, base: int, position: int, timestamp: int) -> None:
        """Take in the batch that comes last."""
        self.bases.append(base)
        self.positions.append(position)
        self.timestamps.append(timestamp)
        self.reached.append(max(timestamp, self.reached[-1]) if self.reached else timestamp)

    def drop_first(self, count: int) -> None:
        """Forget the oldest batches."""
        for each in (self.bases, self.positions, self.timestamps):
            del each[:count]
        self.reached = list(accumulate(self.timestamps, max))


class PartitionLog:
    """Appends and reads batches; `start` is the first offset that is kept, `end` the next one."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it; cut a torn tail. `cut` is how many bytes that were."""
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._index = Index()
        self.producers = Producers()
        self.transactions = OpenTransactions()
        self.size = 0
        self.start = 0
        self.end = 0
        self.cut = self._recover()

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _recover(self) -> int:
        """Read every batch once, check it, and rebuild index and producer sequences."""
        size = os.fstat(self._fd).st_size
        while self.size < size:
            try:
                batch, data = self._read_next(size - self.size)
            except (CorruptBatchError, OldFormatError):
                os.ftruncate(self._fd, self.size)
                return size - self.size
            self._take_in(batch, data)
        return 0

    def _read_next(self, left: int) -> tuple[Batch, bytes]:
        length = read_header(os.pread(self._fd, HEADER_SIZE, self.size)).size
        # Garbage may claim any length: only one that the file has is worth the memory.
        if not HEADER_SIZE <= length <= left:
            raise CorruptBatchError("the file ends before the batch does")
        data = os.pread(self._fd, length, self.size)
        batch = read_batch(data)
        if batch.base_offset < self.end:
            raise CorruptBatchError("the offset lies before the end of the log")
        return batch, data

    def _take_in(self, batch: Batch, data: Bytes) -> None:
        self._index.add(batch.base_offset, self.size, batch.max_timestamp)
        self.size += batch.size
        self.end = batch.next_offset
        self.producers.append(batch)
        self.transactions.append(batch, commits=is_commit(data) if batch.is_control else None)

    @property
    def last_stable(self) -> int:
        """The offset that a read_committed consumer may read up to."""
        return self.transactions.last_stable(self.end)

    def append(self, data: bytearray) -> int:
        """Write one checked batch; gives the offset of its first record. Raises OSError."""
        first = self.end
        assign(data, first, LEADER_EPOCH)
        written = os.write(self._fd, data)
        if written != len(data):
            os.ftruncate(self._fd, self.size)
            raise OSError(f"wrote {written} of {len(data)} bytes")
        self._take_in(read_header(data), data)
        return first

    def read(self, offset: int, max_bytes: int, before: int | None = None) -> bytes:
        """Give whole batches from the one that holds `offset` on, and before the offset `before`.

        At most `max_bytes`, but one batch at least, so that a consumer always gets on (KIP-74).
        """
        positions = self._index.positions
        limit = self.end if before is None else min(before, self.end)
        if offset >= limit or not positions:
            return b""
        first = max(0, bisect_right(self._index.bases, offset) - 1)
        begin, stop = positions[first], self._position_of(limit)
        if stop - begin > max_bytes:
            last = max(first + 1, bisect_right(positions, begin + max_bytes) - 1)
            stop = positions[last] if last < len(positions) else self.size
        return os.pread(self._fd, stop - begin, begin)

    def _position_of(self, offset: int) -> int:
        """Give where in the file the first batch at or after an offset lies, or the end."""
        if offset >= self.end:
            return self.size
        return self._index.positions[bisect_left(self._index.bases, offset)]

    def at_or_after(self, timestamp: int) -> tuple[int, int] | None:
        """Give offset and time of the first record at or after `timestamp` (milliseconds)."""
        index = self._index
        from sandbox.servers.kafka.state.records import first_at_or_after  # noqa: PLC0415 - rare

        for number in range(bisect_left(index.reached, timestamp), len(index.bases)):
            if index.timestamps[number] >= timestamp:
                found = first_at_or_after(self._batch(number), timestamp, self.start)
                if found is not None:
                    return found
        return None

    def greatest_timestamp(self) -> tuple[int, int] | None:
        """Give offset and time of the record with the greatest time (KIP-734)."""
        if not self._index.reached:
            return None
        return self.at_or_after(self._index.reached[-1])

    def _batch(self, number: int) -> bytes:
        positions = self._index.positions
        end = positions[number + 1] if number + 1 < len(positions) else self.size
        return os.pread(self._fd, end - positions[number], positions[number])

    def forget_before(self, offset: int) -> None:
        """Move the start; what lies before it is no longer read."""
        self.start = min(max(self.start, offset), self.end)
        whole = bisect_right(self._index.bases, self.start) - 1
        if self.start == self.end:
            whole = len(self._index.bases)
        if whole > 0:
            self._index.drop_first(whole)
        self.transactions.forget_before(self.start)
