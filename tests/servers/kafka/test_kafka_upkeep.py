"""Retention and compaction in a running server, as topics are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kafka_record import Record
from through_confluent import Confluent
from transacting import read_confluent

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from kafka_process import KafkaProcess


@pytest.fixture
def client(stream: KafkaProcess) -> Confluent:
    """Give one client."""
    return Confluent(stream.address)


def write(client: Confluent, topic: str, count: int) -> None:
    """Write records of three keys, each in a batch of its own, with old times."""
    for number in range(count):
        client.produce(topic, [Record(b"%0100d" % number, b"%d" % (number % 3), (), 1 + number, 0)])


def test_old_records_go_and_new_ones_stay(
    stream: KafkaProcess, client: Confluent, topic: str
) -> None:
    """A topic with a retention loses what is older; one without keeps all."""
    client.create(topic, retention_ms="60000", segment_bytes="200")
    client.create(f"{topic}.kept", segment_bytes="200")
    for each in (topic, f"{topic}.kept"):
        write(client, each, 4)
        client.produce(each, [Record(b"new", b"k", partition=0)])
    wait_until(
        lambda: client.offsets(topic, "earliest")[0] == 4, within=20, waiting_for="retention"
    )
    assert read_confluent(stream.address, topic, "read_committed") == [b"new"]
    assert client.offsets(f"{topic}.kept", "earliest") == {0: 0}


def test_a_retention_that_is_set_later_counts(
    stream: KafkaProcess, client: Confluent, topic: str
) -> None:
    """A change of the settings is acted on at once, and survives `kill -9` with its effect."""
    client.create(topic, segment_bytes="200")
    write(client, topic, 4)
    client.set(topic, "retention.bytes", "300")
    wait_until(lambda: client.offsets(topic, "earliest")[0] > 0, within=20, waiting_for="retention")


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_a_compacted_topic_keeps_the_last_of_each_key(
    stream: KafkaProcess, client: Confluent, topic: str, codec: str | None
) -> None:
    """Whatever compression the client uses, consumers read one record of each key in the end."""
    client.create(topic, cleanup_policy="compact", segment_bytes="200")
    for number in range(9):
        record = Record(b"%0100d" % number, b"%d" % (number % 3), (), number, 0)
        client.produce(topic, [record], codec=codec)
    client.produce(topic, [Record(b"x" * 200, b"last", (), 9, 0)])
    expected = [b"%0100d" % number for number in (6, 7, 8)] + [b"x" * 200]
    wait_until(
        lambda: read_confluent(stream.address, topic, "read_committed") == expected,
        within=20,
        waiting_for="compaction",
    )
    assert client.offsets(topic, 0) == {0: 6}
    assert client.offsets(topic, "latest") == {0: 10}
