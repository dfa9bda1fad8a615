"""Producing and reading back, with each client library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kafka_record import Client, Record
from through_aiokafka import Aiokafka
from through_confluent import Confluent
from through_kafka_python import KafkaPython

from sandbox.clock import wait_until
from sandbox.servers.kafka.state.batch import read_header

if TYPE_CHECKING:
    from kafka_process import KafkaProcess

CODECS = [
    pytest.param(library, codec, id=f"{library.name}-{codec}")
    for library in (KafkaPython, Confluent, Aiokafka)
    for codec in library.codecs
]


def read_all(client: Client, topic: str, count: int) -> list[Record]:
    """Read so many records of a topic through a group of their own, by partition and offset."""
    member = client.join(f"reads-{topic}", topic)
    came: list[Record] = []
    try:
        wait_until(
            lambda: came.extend(member.poll()) or len(came) >= count,
            within=20,
            waiting_for=f"{count} records",
            last_seen=lambda: len(came),
        )
    finally:
        member.close()
    return sorted(came, key=lambda each: (each.partition, each.offset))


@pytest.mark.parametrize("acks", [0, 1, "all"])
def test_records_come_back_as_they_were_sent(client: Client, topic: str, acks: int | str) -> None:
    """Key, value, headers and timestamp, whatever acknowledgement the producer wants."""
    sent = [
        Record(f"v{n}".encode(), f"k{n}".encode(), (("h", b"1"), ("h", b"2")), 1_000 + n, 0, n)
        for n in range(20)
    ]
    client.create(topic)
    written = client.produce(topic, sent, acks=acks)
    if acks:
        assert written == [(0, n) for n in range(20)]
    assert read_all(client, topic, 20) == sent


@pytest.mark.parametrize(("library", "codec"), CODECS)
def test_every_compression_comes_through(
    stream: KafkaProcess, topic: str, library: type[Client], codec: str
) -> None:
    """Batches are kept as they were sent, compressed by whatever codec the client has."""
    client = library(stream.address)
    sent = [Record(b"value" * 50, b"key", (), 1_000 + n, 0, n) for n in range(200)]
    client.create(topic)
    assert client.produce(topic, sent, codec=codec) == [(0, n) for n in range(200)]
    assert read_all(client, topic, 200) == sent
    client.close()
    data = stream.log_of(topic).read_bytes()
    assert read_header(data).is_compressed
    assert len(data) < 200 * 50


def test_idempotent_producers_write_once_each(client: Client, topic: str) -> None:
    """Several producers with ids of their own share a partition without an error or a gap."""
    client.create(topic)
    for run in range(3):
        written = client.produce(topic, [Record(b"x", partition=0)] * 50, idempotent=True)
        assert written == [(0, run * 50 + n) for n in range(50)]
    assert client.offsets(topic, "latest") == {0: 150}


def test_tombstones_and_null_keys(client: Client, topic: str) -> None:
    """A null value and a null key come back as null, an empty one as empty."""
    client.create(topic)
    sent = [(b"k", None), (None, b"v"), (b"", b"")]
    client.produce(topic, [Record(value, key, partition=0) for key, value in sent])
    came = read_all(client, topic, 3)
    assert [(each.key, each.value) for each in came] == sent


def test_partitions_are_apart(client: Client, topic: str) -> None:
    """Each partition counts its own offsets."""
    client.create(topic, 3)
    client.produce(topic, [Record(b"%d" % n, partition=n % 3) for n in range(9)])
    came = read_all(client, topic, 9)
    assert [(each.partition, each.offset) for each in came] == [
        (partition, offset) for partition in range(3) for offset in range(3)
    ]
    assert [each.value for each in came] == [b"0", b"3", b"6", b"1", b"4", b"7", b"2", b"5", b"8"]


def test_log_append_time(client: Client, topic: str) -> None:
    """A topic with LogAppendTime gives records its own time, and consumers see it."""
    client.create(topic, message_timestamp_type="LogAppendTime")
    client.produce(topic, [Record(b"x", timestamp=1_000, partition=0)])
    (came,) = read_all(client, topic, 1)
    assert came.timestamp is not None
    assert came.timestamp > 1_500_000_000_000


def test_too_large_is_refused(client: Client, topic: str) -> None:
    """A record over max.message.bytes is an error to the producer, and nothing is written."""
    client.create(topic, max_message_bytes="1000")
    with pytest.raises(Exception, match=r"(?i)large|size"):
        client.produce(topic, [Record(b"x" * 2_000, partition=0)])
    assert client.offsets(topic, "latest") == {0: 0}
