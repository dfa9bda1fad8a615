"""Record batches: read by their header, checked, and given their offset."""

from __future__ import annotations

import random
import struct

import pytest
from batches import GZIP, make_batch
from kafka.record.memory_records import MemoryRecords

from sandbox.servers.kafka.state import batch
from sandbox.servers.kafka.state.records import first_at_or_after


def test_a_header_says_what_the_producer_wrote() -> None:
    """Count, times, producer and sequence are read where kafka-python's builder puts them."""
    read = batch.read_batch(make_batch(b"a", b"b", base=7, timestamp=50, producer=(9, 2, 30)))
    assert (read.base_offset, read.next_offset, read.count) == (7, 9, 2)
    assert (read.first_timestamp, read.max_timestamp) == (50, 51)
    assert (read.producer_id, read.producer_epoch, read.first_sequence) == (9, 2, 30)
    assert (read.is_compressed, read.is_control, read.is_transactional) == (False, False, False)


def test_compression_is_seen() -> None:
    """A compressed batch says so, and keeps its count."""
    read = batch.read_batch(make_batch(b"a" * 100, b"b" * 100, compression=GZIP))
    assert (read.is_compressed, read.count) == (True, 2)


def test_every_damaged_byte_is_noticed() -> None:
    """A flipped bit anywhere after the CRC, or in it, is no valid batch."""
    data = make_batch(b"value", b"another")
    for position in range(batch.CRC_AT, len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1 << position % 8
        with pytest.raises(batch.CorruptBatchError):
            batch.read_batch(damaged)


def test_every_cut_is_noticed() -> None:
    """A batch that ends early, wherever, is no valid batch."""
    data = make_batch(b"value")
    for size in range(len(data)):
        with pytest.raises(batch.CorruptBatchError):
            batch.read_batch(data[:size])


def test_garbage_is_no_batch() -> None:
    """Random bytes never pass, and raise nothing else."""
    chance = random.Random(1)  # noqa: S311 - garbage, no secret
    for size in range(300):
        with pytest.raises((batch.CorruptBatchError, batch.OldFormatError)):
            batch.read_batch(chance.randbytes(size))


@pytest.mark.parametrize("magic", [0, 1])
def test_old_formats_are_named(magic: int) -> None:
    """Message formats before v2 are told from corruption, short as their messages are."""
    data = bytearray(20)
    data[batch.MAGIC_AT] = magic
    with pytest.raises(batch.OldFormatError):
        batch.read_header(data)


def test_an_offset_does_not_touch_the_crc() -> None:
    """What the log assigns leaves the batch valid, and consumers count from there."""
    data = make_batch(b"a", b"b")
    batch.assign(data, 100, 0)
    assert batch.read_batch(data).base_offset == 100
    assert [each.offset for part in MemoryRecords(bytes(data)) for each in part] == [100, 101]


def test_a_stamp_is_every_records_time() -> None:
    """LogAppendTime: the CRC is right again, and clients read the log's time."""
    data = make_batch(b"a", b"b", timestamp=1_000)
    batch.stamp(data, 77_000)
    batch.read_batch(data)
    came = [each for part in MemoryRecords(bytes(data)) for each in part]
    assert [(each.timestamp, each.timestamp_type) for each in came] == [(77_000, 1)] * 2


@pytest.mark.parametrize(
    ("attribute", "value", "why"),
    [
        ("last offset", (23, ">i", 5), "offsets"),
        ("count", (57, ">i", 0), "offsets"),
        ("control", (21, ">h", batch.CONTROL), "markers"),
    ],
)
def test_what_contradicts_itself_is_refused(
    attribute: str, value: tuple[int, str, int], why: str
) -> None:
    """A batch with a right CRC and a wrong header is no producer's."""
    position, shape, number = value
    data = make_batch(b"a")
    struct.pack_into(shape, data, position, number)
    batch.struct.pack_into(
        ">I", data, batch.CRC_AT, batch.google_crc32c.value(bytes(data[batch.CRC_COVERS_FROM :]))
    )
    with pytest.raises(batch.InvalidBatchError, match=why):
        batch.check_sent(data)


def test_one_batch_a_request() -> None:
    """Two batches in one go are refused, as Kafka does."""
    with pytest.raises(batch.InvalidBatchError, match="one batch"):
        batch.check_sent(make_batch(b"a") + make_batch(b"b"))


@pytest.mark.parametrize("compression", [0, GZIP])
def test_a_time_is_found_within_a_batch(compression: int) -> None:
    """The first record at or after a time, not before a start; none after the last."""
    data = bytes(make_batch(b"a", b"b", b"c", base=10, timestamp=100, compression=compression))
    assert first_at_or_after(data, 0, 0) == (10, 100)
    assert first_at_or_after(data, 101, 0) == (11, 101)
    assert first_at_or_after(data, 101, 12) == (12, 102)
    assert first_at_or_after(data, 103, 0) is None
