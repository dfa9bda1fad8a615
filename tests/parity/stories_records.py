"""Stories of records: written, read, looked up, deleted."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from batches import GZIP, make_batch
from kafka_wire import BY_NAME

if TYPE_CHECKING:
    from script import Script


def records_are_read_as_they_were_written(script: Script) -> None:
    """From any offset, whole batches; out of range on both sides."""
    script.write(b"a", b"b", b"c")
    script.produce(make_batch(b"d", b"e", compression=GZIP))
    for offset in (0, 1, 2, 3, 4, 5):
        script.fetch(offset)
    script.fetch(6)
    script.fetch(-1)
    script.fetch(0, most=1)
    script.fetch(0, partition=1)
    script.fetch(0, partition=9)
    script.fetch(0, topic="nothing-there")
    for epoch in (0, 1, 5):
        script.fetch(0, leader_epoch=epoch)


def sessions_of_fetches(script: Script) -> None:
    """Begin one, name one that there is not, go on in one that there is not."""
    script.write(b"a")
    for session, epoch in ((-1, -1), (0, -1), (77, -1), (77, 3)):
        script.fetch(0, session=session, session_epoch=epoch)


def batches_that_cannot_be_written(script: Script) -> None:
    """Torn, wrong CRC, old format, two at once, too large, offsets that do not fit, markers."""
    good = make_batch(b"a", b"b")
    wrong_crc, old, control, miscounted = (bytearray(good) for _ in range(4))
    wrong_crc[-1] ^= 1
    old[16] = 1
    struct.pack_into(">h", control, 21, 0x20)
    struct.pack_into(">i", miscounted, 57, 3)
    script.produce(wrong_crc)
    script.produce(good[:-3])
    script.produce(good, partition=9)
    script.produce(good, topic="nothing-there")
    script.produce(good, acks=7)
    script.produce(make_batch(b"x" * 1_100_000))
    script.offset_at(-1)


def offsets_are_found_by_time(script: Script) -> None:
    """Before, at, between and after; the ends; the greatest; what there is not."""
    for timestamp in (-1, -2, -3, 0):
        script.offset_at(timestamp)
    script.write(b"a", b"b", timestamp=1_000)
    script.write(b"c", timestamp=5_000)
    script.write(b"d", b"e", timestamp=3_000)
    for timestamp in (0, 1_000, 1_001, 1_002, 3_000, 3_001, 5_000, 5_001, -1, -2, -3, -4, -5):
        script.offset_at(timestamp, version=9)
    script.offset_at(1_000, partition=9)
    script.offset_at(1_000, topic="nothing-there")
    script.offset_at(1_000, epoch=7)
    for version in (1, 2, 4, 6):
        script.offset_at(3_000, version=version)


def records_are_deleted(script: Script) -> None:
    """Up to an offset, to the end; beyond it and where nothing is there is an error."""
    script.write(b"a", b"b", b"c")
    script.write(b"d")
    kind = BY_NAME["DeleteRecords"].request.DeleteRecordsTopic
    for partition, offset in ((0, 1), (0, 9), (0, 0), (9, 1), (0, -1), (1, -1), (0, -5)):
        places = [kind.DeleteRecordsPartition(partition_index=partition, offset=offset)]
        asked = [kind(name=script.topic, partitions=places)]
        script.ask("DeleteRecords", 2, topics=asked, timeout_ms=5000)
        script.offset_at(-2)
        script.fetch(0)


def sequences_are_kept(script: Script) -> None:
    """Write again, with a gap, of an old epoch, of a new one."""
    producer = script.producer()

    def write(sequence: int, count: int = 1, epoch: int = 0) -> None:
        values = [b"x"] * count
        script.produce(make_batch(*values, producer=(producer[0], epoch, sequence)))

    write(0, 2)
    write(2)
    write(2)
    write(0, 2)
    write(5)
    write(1)
    write(3)
    write(3, epoch=1)
    write(0, epoch=1)
    write(4)
    script.producer(has=(producer[0], 0))
    script.offset_at(-1)


def compacted_topics_want_keys(script: Script) -> None:
    """Refuse a record without a key where the last of each key is kept."""
    script.make(f"{script.topic}.c", 1, cleanup_policy="compact")
    script.produce(make_batch(b"a"), topic=f"{script.topic}.c")


def the_log_may_stamp(script: Script) -> None:
    """With LogAppendTime the answer and the batch have the server's time."""
    script.make(f"{script.topic}.s", 1, message_timestamp_type="LogAppendTime")
    script.produce(make_batch(b"a"), topic=f"{script.topic}.s")


def epochs_of_leaders(script: Script) -> None:
    """Ask where the one epoch ends: where the log does."""
    script.write(b"a", b"b")
    kind = BY_NAME["OffsetForLeaderEpoch"].request.OffsetForLeaderTopic
    for partition, epoch, current in ((0, 0, -1), (0, 3, -1), (0, 0, 5), (9, 0, -1), (0, -1, -1)):
        places = [
            kind.OffsetForLeaderPartition(
                partition=partition, current_leader_epoch=current, leader_epoch=epoch
            )
        ]
        asked = [kind(topic=script.topic, partitions=places)]
        script.ask("OffsetForLeaderEpoch", 4, replica_id=-1, topics=asked)
