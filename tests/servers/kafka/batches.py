"""Record batches as producers make them, by kafka-python's own builder."""

from __future__ import annotations

import struct

from kafka.record.default_records import DefaultRecordBatchBuilder

PLAIN, GZIP = 0, 1


def make_batch(
    *values: bytes,
    base: int = 0,
    timestamp: int = 1_000,
    compression: int = PLAIN,
    producer: tuple[int, int, int] = (-1, -1, -1),
    transactional: bool = False,
) -> bytearray:
    """Give a batch; `producer` is id, epoch and first sequence, times count up from `timestamp`."""
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
    for number, value in enumerate(values):
        builder.append(number, timestamp + number, None, value, [])
    data = bytearray(builder.build())
    struct.pack_into(">q", data, 0, base)
    return data
