"""Single records inside a batch, for the questions that a header cannot answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.batch import (
    COMPRESSION,
    HEADER_SIZE,
    LOG_APPEND_TIME,
    Batch,
    Bytes,
    read_header,
)
from sandbox.servers.kafka.state.compression import UnreadableError, decompress

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_SHIFT = 63


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `raw` is all of its bytes, its length before them; `value` is None for a tombstone."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    raw: bytes


def read_records(data: Bytes) -> Iterator[Record]:
    """Give the records of one batch; raises UnreadableError where they are none."""
    batch = read_header(data)
    body = decompress(batch.attributes & COMPRESSION, data[HEADER_SIZE : batch.size])
    try:
        yield from _records(batch, body)
    except IndexError as error:
        raise UnreadableError("the records end too early") from error


def _records(batch: Batch, body: bytes) -> Iterator[Record]:
    position = 0
    for _ in range(batch.count):
        begin = position
        length, position = _varint(body, position)
        end = position + length
        position += 1  # attributes, which nobody uses yet
        time, position = _varint(body, position)
        delta, position = _varint(body, position)
        key, position = _bytes(body, position)
        value, position = _bytes(body, position)
        if end > len(body):
            raise IndexError
        stamped = batch.attributes & LOG_APPEND_TIME
        yield Record(
            offset=batch.base_offset + delta,
            timestamp=batch.max_timestamp if stamped else batch.first_timestamp + time,
            key=key,
            value=value,
            raw=body[begin:end],
        )
        position = end


def _bytes(body: bytes, position: int) -> tuple[bytes | None, int]:
    length, position = _varint(body, position)
    if length < 0:
        return None, position
    return body[position : position + length], position + length


def _varint(body: bytes, position: int) -> tuple[int, int]:
    """Read a zigzag varint; gives it and where it ends. Raises IndexError at the end of the bytes."""
    value = shift = 0
    while True:
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that another byte follows
            return (value >> 1) ^ -(value & 1), position
        shift += 7
        if shift > LONGEST_SHIFT:
            raise UnreadableError("a number has no end")


def first_at_or_after(data: bytes, timestamp: int, start: int) -> tuple[int, int] | None:
    """Give offset and time of the first record of a batch at or after `timestamp` and `start`.

    A batch that cannot be read is answered with its first record: whoever seeks there skips nothing.
    """
    batch = read_header(data)
    if batch.attributes & LOG_APPEND_TIME:
        found = max(batch.base_offset, start)
        return (found, batch.max_timestamp) if batch.max_timestamp >= timestamp else None
    try:
        for offset, time in _times(batch, data):
            if time >= timestamp and offset >= start:
                return offset, time
    except (UnreadableError, IndexError):
        return max(batch.base_offset, start), max(batch.first_timestamp, timestamp)
    return None


def _times(batch: Batch, data: bytes) -> Iterator[tuple[int, int]]:
    """Give offset and time of each record, and look at nothing else: a batch may have many."""
    body = decompress(batch.attributes & COMPRESSION, data[HEADER_SIZE : batch.size])
    position = 0
    for _ in range(batch.count):
        length, position = _varint(body, position)
        end = position + length
        time, position = _varint(body, position + 1)
        delta, _ = _varint(body, position)
        yield batch.base_offset + delta, batch.first_timestamp + time
        position = end
