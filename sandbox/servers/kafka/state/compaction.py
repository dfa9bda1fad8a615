"""Compaction: of records with one key the last is kept, and offsets stay what they were (KIP-98, KIP-534).

Work is cut into pieces, so that whoever else wants the event loop gets it. Segments are written anew
beside the old ones and put in their place one by one: whenever the process ends, each is whole.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import google_crc32c

from sandbox.servers.kafka.state.batch import (
    COMPRESSION,
    CRC_AT,
    CRC_COVERS_FROM,
    HEADER_SIZE,
    LENGTH_ENDS_AT,
    MAX_TIMESTAMP_AT,
    Batch,
    read_header,
)
from sandbox.servers.kafka.state.compression import UnreadableError, compress
from sandbox.servers.kafka.state.log import UNFINISHED, PartitionLog
from sandbox.servers.kafka.state.records import Record, read_records
from sandbox.servers.kafka.state.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

COUNT_AT = 57
# So many records take about a millisecond.
AT_ONCE = 400


@dataclass(slots=True)
class Cleaned:
    """How far a log is compacted: all before offset `until` was."""

    until: int = 0


@dataclass(slots=True)
class Cleaning:
    """One compaction of one log."""

    log: PartitionLog
    now: int
    upto: int
    last_offsets: dict[bytes, int] = field(default_factory=dict)
    began: int = field(init=False)

    def __post_init__(self) -> None:
        """Remember how often the log had forgotten records until now."""
        self.began = self.log.forgettings

    def run(self) -> Generator[None, None, bool]:
        """Compact, some records at a time; tells at the end whether all was done.

        Where the log forgets records meanwhile, or is closed, its batches are no longer where they
        were: the rest is left for another time, and what was begun is removed.
        """
        steps = self._steps()
        try:
            while self.log.forgettings == self.began:
                try:
                    next(steps)
                except StopIteration:
                    return True
                yield
        finally:
            steps.close()
        return False

    def _steps(self) -> Generator[None, None, None]:
        segments = [each for each in self.log.segments[:-1] if each.end <= self.upto]
        for segment in segments:
            yield from self._note_keys(segment)
        for segment in segments:
            yield from self._write_anew(segment)

    def _note_keys(self, segment: Segment) -> Iterator[None]:
        for number in range(len(segment.lasts)):
            data = segment.batch(number)
            if not read_header(data).is_control and not self._is_aborted(read_header(data)):
                for count, record in enumerate(_readable(data)):
                    if record.key is not None:
                        self.last_offsets[record.key] = record.offset
                    if count % AT_ONCE == 0:
                        yield
            yield

    def _write_anew(self, segment: Segment) -> Iterator[None]:
        written_at = segment.written_at
        old_enough = self.now - written_at * 1000 > self.log.settings.keep_tombstones
        new = Segment(segment.path.with_suffix(UNFINISHED))
        is_needed = False
        try:
            for number in range(len(segment.lasts)):
                data = yield from self._clean(segment.batch(number), drop_tombstones=old_enough)
                if data:
                    new.append(bytearray(data))
                yield
            is_needed = new.size != segment.size
        finally:
            if not is_needed:
                new.remove()
        if not is_needed:
            return
        # The age of tombstones is the age of the file that they are in.
        os.utime(new.path, (written_at, written_at))
        self.log.replace(segment, new)

    def _clean(self, data: bytes, *, drop_tombstones: bool) -> Generator[None, None, bytes]:
        """Give what is left of a batch, in steps."""
        batch = read_header(data)
        if batch.is_control:
            return data
        if self._is_aborted(batch):
            return self._without(data, batch, [])
        kept = []
        try:
            for count, record in enumerate(read_records(data)):
                if self._is_kept(record, drop_tombstones=drop_tombstones):
                    kept.append(record)
                if count % AT_ONCE == 0:
                    yield
        except UnreadableError:
            return data
        return data if len(kept) == batch.count else self._without(data, batch, kept)

    def _is_kept(self, record: Record, *, drop_tombstones: bool) -> bool:
        if record.key is None:
            return True
        is_last = self.last_offsets.get(record.key, -1) <= record.offset
        return is_last and not (drop_tombstones and record.value is None)

    def _is_aborted(self, batch: Batch) -> bool:
        return batch.is_transactional and any(
            each.producer_id == batch.producer_id and each.first <= batch.base_offset < each.last
            for each in self.log.transactions.aborted
        )

    def _without(self, data: bytes, batch: Batch, kept: list[Record]) -> bytes:
        """Give a batch with fewer records; an empty one where it says how far its producer was."""
        if not kept and not self._is_last_of_producer(batch):
            return b""
        return rebuild(data, kept)

    def _is_last_of_producer(self, batch: Batch) -> bool:
        written = self.log.producers.known.get(batch.producer_id)
        return bool(written and written.batches and written.batches[-1][2] == batch.base_offset)


def _readable(data: bytes) -> Iterator[Record]:
    try:
        yield from read_records(data)
    except UnreadableError:
        return


def rebuild(data: bytes, kept: list[Record]) -> bytes:
    """Give a batch of the records that are kept: same offsets, producer and codec."""
    batch = read_header(data)
    codec = batch.attributes & COMPRESSION
    body = compress(codec, b"".join(each.raw for each in kept)) if kept else b""
    new = bytearray(data[:HEADER_SIZE]) + body
    struct.pack_into(">i", new, 8, len(new) - LENGTH_ENDS_AT)
    struct.pack_into(">i", new, COUNT_AT, len(kept))
    greatest = max((each.timestamp for each in kept), default=batch.max_timestamp)
    struct.pack_into(">q", new, MAX_TIMESTAMP_AT, greatest)
    struct.pack_into(">I", new, CRC_AT, google_crc32c.value(bytes(new[CRC_COVERS_FROM:])))
    return bytes(new)


def next_cleaning(log: PartitionLog, cleaned: Cleaned, now: int) -> Cleaning | None:
    """Give a compaction if enough of a log is new since the last one, or has waited for too long.

    The active segment is never compacted, nor what is younger than min.compaction.lag.ms, nor what
    an open transaction may yet abort.
    """
    settings = log.settings
    if not settings.compacts:
        return None
    candidates = []
    for segment in log.segments[:-1]:
        too_young = now - segment.greatest_timestamp < settings.compaction_lag
        if segment.end > log.last_stable or too_young:
            break
        candidates.append(segment)
    dirty = [each for each in candidates if each.end > cleaned.until and each.size]
    if not dirty:
        return None
    waited = now - min(each.first_timestamp for each in dirty)
    size = sum(each.size for each in candidates)
    ratio = sum(each.size for each in dirty) / size
    if ratio < settings.dirty_ratio and waited < settings.longest_compaction_lag:
        return None
    return Cleaning(log, now, candidates[-1].end)
