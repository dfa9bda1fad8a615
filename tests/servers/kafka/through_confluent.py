"""confluent-kafka, as `kafka_record.Client` has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
)
from kafka_record import Place, Record
from through_kafka_python import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping

SPECS = {"earliest": OffsetSpec.earliest(), "latest": OffsetSpec.latest()}


class ConfluentMember:
    """A Consumer."""

    shares_a_loop = False

    def __init__(self, address: str, group: str, topic: str, **more: Any) -> None:
        """Subscribe; the first poll joins."""
        settings = {
            "bootstrap.servers": address,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 10_000,
            "heartbeat.interval.ms": 200,
            **more,
        }
        self._consumer = Consumer({k: v for k, v in settings.items() if v is not None})
        self._consumer.subscribe([topic])

    def poll(self) -> list[Record]:
        """Give what has come."""
        return [read(each) for each in self._consumer.consume(1000, 0.05) if not each.error()]

    def held(self) -> set[Place]:
        """Give the partitions that it holds."""
        return {(each.topic, each.partition) for each in self._consumer.assignment()}

    def commit(self) -> None:
        """Commit what was polled."""
        self._consumer.commit(asynchronous=False)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()


class Confluent:
    """The library, as far as tests need it."""

    name = "confluent-kafka"
    codecs = ("gzip", "lz4", "snappy", "zstd")

    def __init__(self, address: str) -> None:
        """Make the admin client."""
        self._address = address
        self._admin = AdminClient({"bootstrap.servers": address})

    def create(self, topic: str, partitions: int = 1, **config: str) -> None:
        """Make a topic."""
        done(self._admin.create_topics([NewTopic(topic, partitions, 1, config=dotted(config))]))

    def delete(self, topic: str) -> None:
        """Remove a topic."""
        done(self._admin.delete_topics([topic]))

    def topics(self) -> set[str]:
        """List topics, but for Kafka's own."""
        listed = self._admin.list_topics(timeout=10).topics
        return {name for name in listed if not name.startswith("__")}

    def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""
        done(self._admin.create_partitions([NewPartitions(topic, partitions)]))

    def produce(
        self,
        topic: str,
        records: list[Record],
        *,
        acks: int | str = "all",
        codec: str | None = None,
        idempotent: bool = False,
    ) -> list[tuple[int, int | None]]:
        """Write, in one batch a partition where it fits."""
        producer = Producer(
            {
                "bootstrap.servers": self._address,
                "acks": acks,
                "compression.type": codec or "none",
                "enable.idempotence": idempotent,
                "linger.ms": 5,
            }
        )
        written: dict[int, tuple[int, int | None]] = {}
        for number, each in enumerate(records):
            self._send(producer, topic, each, number, written)
        assert producer.flush(30) == 0
        return [written[number] for number in range(len(records))]

    @staticmethod
    def _send(producer: Any, topic: str, record: Record, number: int, written: Any) -> None:
        def delivered(error: Any, message: Any) -> None:
            assert error is None, error
            written[number] = (message.partition(), message.offset())

        more: dict[str, Any] = {"partition": record.partition, "timestamp": record.timestamp}
        producer.produce(
            topic,
            value=record.value,
            key=record.key,
            headers=list(record.headers),
            on_delivery=delivered,
            **{name: value for name, value in more.items() if value is not None},
        )

    def join(self, group: str, topic: str) -> ConfluentMember:
        """Become a member of a group."""
        return ConfluentMember(self._address, group, topic)

    def groups(self) -> set[str]:
        """List consumer groups."""
        return {each.group_id for each in self._admin.list_consumer_groups().result(10).valid}

    def members(self, group: str) -> tuple[str, int]:
        """Give a group's state and how many are in it."""
        said = done(self._admin.describe_consumer_groups([group]))
        return said.state.name.title(), len(said.members)

    def committed(self, group: str) -> dict[Place, int]:
        """Give what a group has committed."""
        asked = [ConsumerGroupTopicPartitions(group)]
        found = done(self._admin.list_consumer_group_offsets(asked)).topic_partitions
        return {(each.topic, each.partition): each.offset for each in found}

    def offsets(self, topic: str, at: int | str) -> dict[int, int]:
        """Give offsets by partition."""
        partitions = self._admin.list_topics(topic, timeout=10).topics[topic].partitions
        spec = SPECS[at] if isinstance(at, str) else OffsetSpec.for_timestamp(at)
        asked = {TopicPartition(topic, number): spec for number in partitions}
        found = self._admin.list_offsets(asked)
        return {each.partition: future.result(10).offset for each, future in found.items()}

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Delete records before an offset."""
        done(self._admin.delete_records([TopicPartition(topic, partition, before)]))

    def setting(self, topic: str, name: str) -> str:
        """Read a setting."""
        found = done(self._admin.describe_configs([ConfigResource("topic", topic)]))
        return str(found[name].value)

    def set(self, topic: str, name: str, value: str) -> None:
        """Change a setting."""
        change = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource("topic", topic, incremental_configs=[change])
        done(self._admin.incremental_alter_configs([resource]))

    def close(self) -> None:
        """Nothing is to be closed: the library ends its threads by itself."""


def done(asked: Mapping[Any, Any]) -> Any:
    """Give the answer to the one thing that was asked; raises where it was refused."""
    (future,) = asked.values()
    return future.result(10)


def read(message: Any) -> Record:
    """Give a record in the tests' shape."""
    return Record(
        value=message.value(),
        key=message.key(),
        headers=tuple(message.headers() or ()),
        timestamp=message.timestamp()[1],
        partition=message.partition(),
        offset=message.offset(),
    )
