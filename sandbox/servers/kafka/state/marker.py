"""Markers: the control batches that end a transaction in a partition (KIP-98)."""

from __future__ import annotations

import struct

import google_crc32c

from sandbox.servers.kafka.state.batch import (
    CONTROL,
    CRC_AT,
    CRC_COVERS_FROM,
    HEADER,
    HEADER_SIZE,
    LENGTH_ENDS_AT,
    MAGIC,
    TRANSACTIONAL,
    Bytes,
)

# A record of nothing but a key (version, type) and a value (version, epoch of the coordinator):
# length, attributes, deltas of time and offset, length of key, key, length of value, value, headers.
# The single bytes of its lengths are zigzag varints.
RECORD = struct.Struct(">bbbbbhhbhib")
KEY_SIZE, VALUE_SIZE = 4, 6
ABORT, COMMIT = 0, 1
COORDINATOR_EPOCH = 0
NO_SEQUENCE = -1


def make_marker(producer_id: int, epoch: int, *, commit: bool, timestamp: int) -> bytearray:
    """Give the batch that ends a producer's transaction; the log gives it its offset."""
    record = RECORD.pack(
        2 * (RECORD.size - 1),
        *(0, 0, 0),
        *(2 * KEY_SIZE, 0, COMMIT if commit else ABORT),
        *(2 * VALUE_SIZE, 0, COORDINATOR_EPOCH),
        0,
    )
    data = bytearray(HEADER_SIZE + len(record))
    length = len(data) - LENGTH_ENDS_AT
    attributes = TRANSACTIONAL | CONTROL
    HEADER.pack_into(
        data,
        0,
        *(0, length, 0, MAGIC, 0, attributes, 0),
        *(timestamp, timestamp, producer_id, epoch, NO_SEQUENCE, 1),
    )
    data[HEADER_SIZE:] = record
    struct.pack_into(">I", data, CRC_AT, google_crc32c.value(bytes(data[CRC_COVERS_FROM:])))
    return data


def is_commit(data: Bytes) -> bool:
    """Tell whether a marker commits (or else aborts)."""
    return bool(RECORD.unpack_from(data, HEADER_SIZE)[6] == COMMIT)
