"""Record batches as they lie in a log: message format v2 (KIP-98), looked at by header alone."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import google_crc32c

Bytes = bytes | bytearray | memoryview

# base offset, length, leader epoch, magic, CRC; then attributes, last offset delta, first and last
# timestamp, producer id, producer epoch, first sequence, count of records.
HEADER = struct.Struct(">qiibIhiqqqhii")
HEADER_SIZE = HEADER.size
LENGTH_ENDS_AT = 12
LEADER_EPOCH_AT = 12
MAGIC_AT = 16
CRC_AT = 17
CRC_COVERS_FROM = 21
ATTRIBUTES_AT = 21
MAX_TIMESTAMP_AT = 35
MAGIC = 2

COMPRESSION = 0x07
LOG_APPEND_TIME = 0x08
TRANSACTIONAL = 0x10
CONTROL = 0x20

NO_PRODUCER = -1


class CorruptBatchError(Exception):
    """The bytes are no whole batch, or their CRC is wrong."""


class OldFormatError(Exception):
    """The batch is of a message format before v2."""


class InvalidBatchError(Exception):
    """The batch is whole, and contradicts itself."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The header of one batch; `size` is its length in bytes, header and all."""

    base_offset: int
    size: int
    leader_epoch: int
    attributes: int
    last_offset_delta: int
    first_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    first_sequence: int
    count: int

    @property
    def next_offset(self) -> int:
        """The offset after its last record."""
        return self.base_offset + self.last_offset_delta + 1

    @property
    def is_transactional(self) -> bool:
        """Tell whether it belongs to a transaction."""
        return bool(self.attributes & TRANSACTIONAL)

    @property
    def is_control(self) -> bool:
        """Tell whether it is a marker that ends a transaction."""
        return bool(self.attributes & CONTROL)

    @property
    def is_compressed(self) -> bool:
        """Tell whether its records are compressed."""
        return bool(self.attributes & COMPRESSION)


def read_header(data: Bytes, position: int = 0) -> Batch:
    """Read the header at `position`; raises CorruptBatchError or OldFormatError."""
    magic_at = position + MAGIC_AT
    if len(data) > magic_at and data[magic_at] < MAGIC:
        raise OldFormatError(f"message format {data[magic_at]}")
    if len(data) - position < HEADER_SIZE:
        raise CorruptBatchError("the bytes end before a batch's header does")
    base, length, epoch, magic, _, *rest = HEADER.unpack_from(data, position)
    if magic != MAGIC:
        raise CorruptBatchError(f"there is no message format {magic}")
    attributes, delta, first, last, producer, producer_epoch, sequence, count = rest
    return Batch(
        base_offset=base,
        size=LENGTH_ENDS_AT + length,
        leader_epoch=epoch,
        attributes=attributes,
        last_offset_delta=delta,
        first_timestamp=first,
        max_timestamp=last,
        producer_id=producer,
        producer_epoch=producer_epoch,
        first_sequence=sequence,
        count=count,
    )


def read_batch(data: Bytes) -> Batch:
    """Read the batch that `data` begins with, and check that it is whole and its CRC right.

    Raises CorruptBatchError or OldFormatError.
    """
    batch = read_header(data)
    if not HEADER_SIZE <= batch.size <= len(data):
        raise CorruptBatchError("the bytes end before the batch does")
    expected = int.from_bytes(data[CRC_AT:CRC_COVERS_FROM], "big")
    if google_crc32c.value(bytes(data[CRC_COVERS_FROM : batch.size])) != expected:
        raise CorruptBatchError("the CRC is wrong")
    return batch


def check_sent(data: Bytes) -> Batch:
    """Read what a producer sent: exactly one batch (as Kafka demands since Produce version 3).

    Raises CorruptBatchError, OldFormatError or InvalidBatchError.
    """
    if read_header(data).size > len(data):
        raise InvalidBatchError("the bytes end before the batch does")
    batch = read_batch(data)
    if batch.size != len(data):
        raise InvalidBatchError("a partition takes one batch a request")
    if batch.count < 1 or batch.last_offset_delta != batch.count - 1:
        raise InvalidBatchError("the offsets do not fit the count of records")
    if batch.is_control:
        raise InvalidBatchError("markers of transactions are the broker's to write")
    return batch


def assign(data: bytearray | memoryview, base_offset: int, leader_epoch: int) -> None:
    """Write the offset and epoch that the log gives a batch; both lie outside the CRC."""
    struct.pack_into(">q", data, 0, base_offset)
    struct.pack_into(">i", data, LEADER_EPOCH_AT, leader_epoch)


def stamp(data: bytearray | memoryview, now: int) -> None:
    """Give a batch the log's own time (LogAppendTime), in milliseconds since 1970."""
    attributes = struct.unpack_from(">h", data, ATTRIBUTES_AT)[0] | LOG_APPEND_TIME
    struct.pack_into(">h", data, ATTRIBUTES_AT, attributes)
    # The records' times are deltas to the first: readers take the last for all of them (KIP-32).
    struct.pack_into(">q", data, MAX_TIMESTAMP_AT, now)
    crc = google_crc32c.value(bytes(data[CRC_COVERS_FROM:]))
    struct.pack_into(">I", data, CRC_AT, crc)
