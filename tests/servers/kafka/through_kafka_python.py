"""kafka-python, as `kafka_record.Client` has it."""

from __future__ import annotations

from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetSpec, TopicPartition
from kafka.admin import ConfigResource
from kafka_record import Place, Record

SPECS = {"earliest": OffsetSpec.EARLIEST, "latest": OffsetSpec.LATEST}


class KafkaPythonMember:
    """A KafkaConsumer."""

    shares_a_loop = False

    def __init__(self, address: str, group: str, topic: str) -> None:
        """Subscribe; the first poll joins."""
        self._consumer = KafkaConsumer(
            topic,
            bootstrap_servers=address,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=200,
        )
        # As in sandbox/reference/consuming.py: what it learns only now would make it join again.
        self._consumer.topics()

    def poll(self) -> list[Record]:
        """Give what has come."""
        came = self._consumer.poll(timeout_ms=50)
        return [read(each) for records in came.values() for each in records]

    def held(self) -> set[Place]:
        """Give the partitions that it holds."""
        return {(each.topic, each.partition) for each in self._consumer.assignment()}

    def commit(self) -> None:
        """Commit what was polled."""
        self._consumer.commit()

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()


class KafkaPython:
    """The library, as far as tests need it."""

    name = "kafka-python"
    codecs = ("gzip",)

    def __init__(self, address: str) -> None:
        """Connect the admin client."""
        self._address = address
        self._admin = KafkaAdminClient(bootstrap_servers=address)

    def create(self, topic: str, partitions: int = 1, **config: str) -> None:
        """Make a topic."""
        asked = {"num_partitions": partitions, "replication_factor": 1, "configs": dotted(config)}
        self._admin.create_topics({topic: asked})

    def delete(self, topic: str) -> None:
        """Remove a topic."""
        self._admin.delete_topics([topic])

    def topics(self) -> set[str]:
        """List topics, but for Kafka's own."""
        listed = self._admin.list_topics()
        return {name for name in listed if not name.startswith("__")}

    def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""
        self._admin.create_partitions({topic: partitions})

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
        producer = KafkaProducer(
            bootstrap_servers=self._address,
            acks=acks,
            compression_type=codec,
            enable_idempotence=idempotent,
            linger_ms=5,
        )
        try:
            sent = [self._send(producer, topic, each) for each in records]
            producer.flush(timeout=30)
            written = [each.get(timeout=30) for each in sent]
        finally:
            producer.close(timeout=10)
        return [(each.partition, each.offset if acks else None) for each in written]

    @staticmethod
    def _send(producer: Any, topic: str, record: Record) -> Any:
        return producer.send(
            topic,
            value=record.value,
            key=record.key,
            headers=list(record.headers),
            timestamp_ms=record.timestamp,
            partition=record.partition,
        )

    def join(self, group: str, topic: str) -> KafkaPythonMember:
        """Become a member of a group."""
        return KafkaPythonMember(self._address, group, topic)

    def groups(self) -> set[str]:
        """List consumer groups."""
        return {each["group_id"] for each in self._admin.list_groups()}

    def members(self, group: str) -> tuple[str, int]:
        """Give a group's state and how many are in it."""
        said = self._admin.describe_groups([group])[group]
        return said["group_state"], len(said["members"])

    def committed(self, group: str) -> dict[Place, int]:
        """Give what a group has committed."""
        found = self._admin.list_group_offsets([group])[group]
        return {(each.topic, each.partition): at.offset for each, at in found.items()}

    def offsets(self, topic: str, at: int | str) -> dict[int, int]:
        """Give offsets by partition."""
        partitions = self._admin.describe_topics([topic])[0]["partitions"]
        spec = SPECS[at] if isinstance(at, str) else at
        asked = {TopicPartition(topic, each["partition_index"]): spec for each in partitions}
        found = self._admin.list_partition_offsets(asked)
        return {each.partition: where.offset for each, where in found.items()}

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Delete records before an offset."""
        self._admin.delete_records({TopicPartition(topic, partition): before})

    def setting(self, topic: str, name: str) -> str:
        """Read a setting."""
        asked = [ConfigResource("TOPIC", topic)]
        found = self._admin.describe_configs(asked, config_filter="all")
        return str(found["topic"][topic][name]["value"])

    def set(self, topic: str, name: str, value: str) -> None:
        """Change a setting."""
        self._admin.alter_configs([ConfigResource("TOPIC", topic, {name: value})])

    def close(self) -> None:
        """Close the admin client."""
        self._admin.close()


def dotted(config: dict[str, str]) -> dict[str, str]:
    """Give settings by the names that Kafka has for them: `max_message_bytes` has dots."""
    return {name.replace("_", "."): value for name, value in config.items()}


def read(record: Any) -> Record:
    """Give a record in the tests' shape."""
    return Record(
        value=record.value,
        key=record.key,
        headers=tuple(record.headers),
        timestamp=record.timestamp,
        partition=record.partition,
        offset=record.offset,
    )
