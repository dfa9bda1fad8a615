"""One file of a partition's log: record batches one after the other, and an index in memory.

The file is the truth, and is named by its first offset, as Kafka names it. What the operating system
has taken survives the end of this process however it comes; a batch that was cut off in the middle
is removed when the file is opened again.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.batch import (
    HEADER_SIZE,
    Batch,
    CorruptBatchError,
    OldFormatError,
    read_batch,
    read_header,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SUFFIX = ".log"
NEVER = -1


def segment_path(folder: Path, base: int) -> Path:
    """Give the file of the segment that begins at offset `base`."""
    return folder / f"{base:020d}{SUFFIX}"


class Segment:
    """Appends and reads whole batches; `base` is the first offset that it may hold."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it; `recover` reads what is in it."""
        self.path = path
        self.base = int(path.stem)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self.size = 0
        self.first_timestamp = NEVER
        # By batch: last offset, position in the file, greatest time in it, greatest time up to it.
        self.lasts: list[int] = []
        self._positions: list[int] = []
        self._timestamps: list[int] = []
        self._reached: list[int] = []

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def rename(self, path: Path) -> None:
        """Give the file another name, in the place of what has that name."""
        self.path.replace(path)
        self.path = path

    def remove(self) -> None:
        """Close and delete the file."""
        self.close()
        self.path.unlink(missing_ok=True)

    @property
    def end(self) -> int:
        """The offset after its last record."""
        return self.lasts[-1] + 1 if self.lasts else self.base

    @property
    def greatest_timestamp(self) -> int:
        """The greatest time in it, NEVER where it is empty."""
        return self._reached[-1] if self._reached else NEVER

    @property
    def written_at(self) -> float:
        """When it was written to last, in seconds since 1970."""
        return os.fstat(self._fd).st_mtime

    def recover(self, taken_in: Callable[[Batch, bytes], None]) -> int:
        """Read every batch once and check it; cut from the first on that is not whole.

        `taken_in` is told of each; gives how many bytes were cut.
        """
        size = os.fstat(self._fd).st_size
        while self.size < size:
            try:
                batch, data = self._read_next(size - self.size)
            except (CorruptBatchError, OldFormatError):
                os.ftruncate(self._fd, self.size)
                return size - self.size
            self.take_in(batch)
            taken_in(batch, data)
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

    def take_in(self, batch: Batch) -> None:
        """Know a batch that lies at the end of the file."""
        timestamp = batch.max_timestamp
        if not self.lasts:
            self.first_timestamp = timestamp
        self.lasts.append(batch.next_offset - 1)
        self._positions.append(self.size)
        self._timestamps.append(timestamp)
        self._reached.append(max(timestamp, self._reached[-1]) if self._reached else timestamp)
        self.size += batch.size

    def append(self, data: bytearray | memoryview) -> Batch:
        """Write one batch whose offset is set. Raises OSError, and then has nothing of it."""
        written = os.write(self._fd, data)
        if written != len(data):
            os.ftruncate(self._fd, self.size)
            raise OSError(f"wrote {written} of {len(data)} bytes")
        batch = read_header(data)
        self.take_in(batch)
        return batch

    def read(self, offset: int, max_bytes: int, before: int) -> bytes:
        """Give whole batches from the one that holds `offset` on, and before the offset `before`.

        At most `max_bytes`, but one batch at least, so that a consumer always gets on (KIP-74).
        """
        positions = self._positions
        first = bisect_left(self.lasts, offset)
        stop = bisect_left(self.lasts, before)
        if first >= len(positions) or stop <= first:
            return b""
        begin = positions[first]
        end = positions[stop] if stop < len(positions) else self.size
        if end - begin > max_bytes:
            last = max(first + 1, bisect_right(positions, begin + max_bytes) - 1)
            end = positions[last] if last < len(positions) else self.size
        return os.pread(self._fd, end - begin, begin)

    def since(self, timestamp: int, offset: int) -> Iterator[bytes]:
        """Give the batches that have a time at or after `timestamp` and end at or after `offset`."""
        first = max(bisect_left(self._reached, timestamp), bisect_left(self.lasts, offset))
        for number in range(first, len(self.lasts)):
            if self._timestamps[number] >= timestamp:
                yield self.batch(number)

    def batch(self, number: int) -> bytes:
        """Give one batch by its place in the file."""
        positions = self._positions
        end = positions[number + 1] if number + 1 < len(positions) else self.size
        return os.pread(self._fd, end - positions[number], positions[number])

    def drop_first(self, offset: int) -> None:
        """Forget the batches that lie wholly before an offset; their bytes stay."""
        count = bisect_left(self.lasts, offset)
        for each in (self.lasts, self._positions, self._timestamps):
            del each[:count]
        self._reached = list(accumulate(self._timestamps, max))
