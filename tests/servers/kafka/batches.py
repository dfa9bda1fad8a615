"""Record batches as producers make them, by kafka-python's own builder."""

from __future__ import annotations

import struct
from typing import Any

import google_crc32c
from kafka.record.default_records import DefaultRecordBatchBuilder

from sandbox.servers.kafka.state.batch import (
    ATTRIBUTES_AT,
    CRC_AT,
    CRC_COVERS_FROM,
    HEADER_SIZE,
)
from sandbox.servers.kafka.state.compression import compress

PLAIN, GZIP = 0, 1


def make_batch(
    *values: bytes, base: int = 0, timestamp: int = 1_000, compression: int = PLAIN, **more: Any
) -> bytearray:
    """Give a batch of records without keys; times count up from `timestamp`."""
    records = [(timestamp + number, None, value) for number, value in enumerate(values)]
    data = _build(records, compression, **more)
    struct.pack_into(">q", data, 0, base)
    return data


def make_keyed(
    *records: tuple[bytes | None, bytes | None],
    timestamp: int = 1_000,
    compression: int = PLAIN,
    **more: Any,
) -> bytearray:
    """Give a batch of records with keys, compressed as Java, librdkafka or kafka-python would."""
    data = _build([(timestamp, key, value) for key, value in records], PLAIN, **more)
    return compressed(data, compression) if compression else data


def _build(
    records: list[tuple[int, bytes | None, bytes | None]],
    compression: int,
    *,
    producer: tuple[int, int, int] = (-1, -1, -1),
    transactional: bool = False,
) -> bytearray:
    """Build a batch; `producer` is id, epoch and first sequence."""
    producer_id, epoch, sequence = producer
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=compression,
        is_transactional=transactional,
        producer_id=producer_id,
        producer_epoch=epoch,
        base_sequence=sequence,
        batch_size=1 << 20,
    )
    for number, (timestamp, key, value) in enumerate(records):
        builder.append(number, timestamp, key, value, [])
    return bytearray(builder.build())


def compressed(data: bytearray, codec: int) -> bytearray:
    """Give a plain batch in another codec."""
    struct.pack_into(">h", data, ATTRIBUTES_AT, codec)
    body = compress(codec, bytes(data[HEADER_SIZE:]))
    new = data[:HEADER_SIZE] + body
    struct.pack_into(">i", new, 8, len(new) - 12)
    struct.pack_into(">I", new, CRC_AT, google_crc32c.value(bytes(new[CRC_COVERS_FROM:])))
    return new
