"""Topics, settings, offsets and records, managed with each client library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kafka_record import Client, Record
from kafka_wire import BY_NAME, Wire
from through_aiokafka import Aiokafka
from through_confluent import Confluent
from through_kafka_python import KafkaPython

from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka_process import KafkaProcess


def test_topics_come_and_go(client: Client, topic: str) -> None:
    """A topic is listed from its creation to its removal, and its name is free again."""
    client.create(topic, 2)
    assert topic in client.topics()
    client.produce(topic, [Record(b"x", partition=1)])
    client.delete(topic)
    assert topic not in client.topics()
    client.create(topic)
    assert client.offsets(topic, "latest") == {0: 0}


def test_a_topic_is_made_once(client: Client, topic: str) -> None:
    """Making a topic that is there is an error."""
    client.create(topic)
    with pytest.raises((Exception, AssertionError), match=r"(?i)exists|36"):
        client.create(topic)


@pytest.mark.parametrize("name", ["a b", "ä", "x" * 250, ".."])
def test_illegal_names_are_refused(client: Client, name: str) -> None:
    """Kafka's rule for names holds."""
    with pytest.raises((Exception, AssertionError), match=r"(?i)invalid|illegal|legal|17"):
        client.create(name)


def test_partitions_grow(client: Client, topic: str) -> None:
    """A topic can be given more partitions, never fewer."""
    client.create(topic, 2)
    client.grow(topic, 5)
    assert client.offsets(topic, "latest") == dict.fromkeys(range(5), 0)


def test_offsets_by_place_and_time(client: Client, topic: str) -> None:
    """Earliest, latest, and the first record at or after a time; none after the last."""
    client.create(topic)
    for times in ((1_000, 2_000, 3_000), (2_500, 4_000)):
        client.produce(topic, [Record(b"x", timestamp=each, partition=0) for each in times])
    assert client.offsets(topic, "earliest") == {0: 0}
    assert client.offsets(topic, "latest") == {0: 5}
    assert client.offsets(topic, 1_000) == {0: 0}
    assert client.offsets(topic, 1_001) == {0: 1}
    assert client.offsets(topic, 3_001) == {0: 4}


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
def test_offsets_by_time_in_compressed_batches(
    stream: KafkaProcess, topic: str, codec: str
) -> None:
    """Exact where the server can read the batch, and never later than what was asked for."""
    client = Confluent(stream.address)
    client.create(topic)
    for first in (1_000, 2_000):
        sent = [Record(b"x", timestamp=first + n, partition=0) for n in range(100)]
        client.produce(topic, sent, codec=codec)
    (found,) = client.offsets(topic, 2_050).values()
    assert found == 150 if codec == "gzip" else 100 <= found <= 150
    assert client.offsets(topic, 2_100) == {0: -1}


def test_records_are_deleted_before_an_offset(client: Client, topic: str) -> None:
    """DeleteRecords moves the start of a partition; what is after it stays."""
    client.create(topic)
    for n in range(3):
        client.produce(topic, [Record(b"%d" % n, partition=0)] * 2)
    client.delete_records(topic, 0, 3)
    assert client.offsets(topic, "earliest") == {0: 3}
    assert client.offsets(topic, "latest") == {0: 6}
    member = client.join(topic, topic)
    came: list[Record] = []
    while len(came) < 3:
        came += member.poll()
    assert [(each.offset, each.value) for each in came] == [(3, b"1"), (4, b"2"), (5, b"2")]
    member.close()


def test_settings_are_read_and_changed(client: Client, topic: str) -> None:
    """A default, a value from the creation, and a value that was changed."""
    client.create(topic, max_message_bytes="5000")
    assert client.setting(topic, "max.message.bytes") == "5000"
    assert client.setting(topic, "cleanup.policy") == "delete"
    client.set(topic, "max.message.bytes", "6000")
    assert client.setting(topic, "max.message.bytes") == "6000"


def test_a_setting_that_kafka_does_not_know_is_refused(client: Client, topic: str) -> None:
    """A typo in a setting is an error when the topic is made, and the topic is not made."""
    with pytest.raises((Exception, AssertionError), match=r"(?i)config|40"):
        client.create(topic, max_mesage_bytes="5000")
    assert topic not in client.topics()


def test_missing_topics_are_not_made_unasked(wire: Wire, client: Client, topic: str) -> None:
    """Without --auto-create-topics, asking for a topic that nobody made does not make it."""
    asked = [{"name": topic, "topic_id": None}]
    for version in (0, 4, 13):
        request = BY_NAME["Metadata"].request
        topics = [request.MetadataRequestTopic(**each) for each in asked]
        answer = wire.ask("Metadata", version, topics=topics, allow_auto_topic_creation=True)
        assert answer.topics[0].error_code == Code.UNKNOWN_TOPIC_OR_PARTITION
    assert topic not in client.topics()


@pytest.mark.parametrize("library", [KafkaPython, Confluent, Aiokafka])
def test_missing_topics_are_made_where_it_was_asked_for(
    own_stream: Callable[..., KafkaProcess], library: type[Client]
) -> None:
    """With --auto-create-topics, producing to a topic makes it, with one partition."""
    server = own_stream("--auto-create-topics")
    client = library(server.address)
    assert client.produce("new", [Record(b"x")]) == [(0, 0)]
    assert client.offsets("new", "latest") == {0: 1}
    client.close()


def test_the_stream_says_where_it_listens(stream: KafkaProcess) -> None:
    """The control file names the port and the process, for whoever has only the folder."""
    said = (stream.folder / "control.json").read_text()
    assert f'"port": {stream.control_port}' in said
    assert f'"pid": {stream.process.pid}' in said
