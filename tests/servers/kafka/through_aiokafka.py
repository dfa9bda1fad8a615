"""aiokafka, as `kafka_record.Client` has it: on an event loop that runs while a verb does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from through_kafka_python import dotted, read

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from kafka_record import Place, Record


class AiokafkaMember:
    """An AIOKafkaConsumer."""

    shares_a_loop = True

    def __init__(self, runner: asyncio.Runner, address: str, group: str, topic: str) -> None:
        """Subscribe, and join."""
        self._runner = runner
        runner.run(self._start(address, group, topic))

    async def _start(self, address: str, group: str, topic: str) -> None:
        self._consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=address,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=200,
        )
        await self._consumer.start()

    def poll(self) -> list[Record]:
        """Give what has come."""
        came = self._runner.run(self._consumer.getmany(timeout_ms=50))
        return [read(each) for records in came.values() for each in records]

    def held(self) -> set[Place]:
        """Give the partitions that it holds."""
        return {(each.topic, each.partition) for each in self._consumer.assignment()}

    def commit(self) -> None:
        """Commit what was polled."""
        self._runner.run(self._consumer.commit())

    def close(self) -> None:
        """Leave the group."""
        self._runner.run(self._consumer.stop())


class Aiokafka:
    """The library, as far as tests need it."""

    name = "aiokafka"
    codecs = ("gzip",)

    def __init__(self, address: str) -> None:
        """Connect the admin client."""
        self._address = address
        self._runner = asyncio.Runner()
        self._runner.run(self._start())

    async def _start(self) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._address)
        await self._admin.start()

    def _run(self, asked: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(asked)

    def create(self, topic: str, partitions: int = 1, **config: str) -> None:
        """Make a topic."""
        asked = NewTopic(topic, partitions, 1, topic_configs=dotted(config))
        answer = self._run(self._admin.create_topics([asked]))
        assert [each[1] for each in answer.topic_errors] == [0], answer

    def delete(self, topic: str) -> None:
        """Remove a topic."""
        self._run(self._admin.delete_topics([topic]))

    def topics(self) -> set[str]:
        """List topics, but for Kafka's own."""
        listed = self._run(self._admin.list_topics())
        return {name for name in listed if not name.startswith("__")}

    def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""
        self._run(self._admin.create_partitions({topic: NewPartitions(partitions)}))

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
        options = {"acks": acks, "compression_type": codec, "enable_idempotence": idempotent}
        written = self._run(self._write(topic, records, options))
        return [(at.partition, at.offset) if at else (-1, None) for at in written]

    async def _write(self, topic: str, records: list[Record], options: dict[str, Any]) -> Any:
        producer = AIOKafkaProducer(bootstrap_servers=self._address, linger_ms=5, **options)
        await producer.start()
        try:
            sent = [
                await producer.send(
                    topic,
                    value=each.value,
                    key=each.key,
                    headers=list(each.headers),
                    timestamp_ms=each.timestamp,
                    partition=each.partition,
                )
                for each in records
            ]
            return await asyncio.gather(*sent)
        finally:
            await producer.stop()

    def join(self, group: str, topic: str) -> AiokafkaMember:
        """Become a member of a group."""
        return AiokafkaMember(self._runner, self._address, group, topic)

    def groups(self) -> set[str]:
        """List consumer groups."""
        return {name for name, _ in self._run(self._admin.list_consumer_groups())}

    def members(self, group: str) -> tuple[str, int]:
        """Give a group's state and how many are in it."""
        (answer,) = self._run(self._admin.describe_consumer_groups([group]))
        _, _, state, _, _, members = answer.groups[0][:6]
        return state, len(members)

    def committed(self, group: str) -> dict[Place, int]:
        """Give what a group has committed."""
        found = self._run(self._admin.list_consumer_group_offsets(group))
        return {(each.topic, each.partition): at.offset for each, at in found.items()}

    def offsets(self, topic: str, at: int | str) -> dict[int, int]:
        """Give offsets by partition."""
        found = self._run(self._look_up(topic, at))
        return {each.partition: getattr(where, "offset", where) for each, where in found.items()}

    async def _look_up(self, topic: str, at: int | str) -> dict[TopicPartition, Any]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._address)
        await consumer.start()
        try:
            (described,) = await self._admin.describe_topics([topic])
            asked = [TopicPartition(topic, each["partition"]) for each in described["partitions"]]
            if at == "earliest":
                found = await consumer.beginning_offsets(asked)
            elif at == "latest":
                found = await consumer.end_offsets(asked)
            else:
                found = await consumer.offsets_for_times(dict.fromkeys(asked, at))
            return dict(found)
        finally:
            await consumer.stop()

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Delete records before an offset."""
        asked = {TopicPartition(topic, partition): RecordsToDelete(before_offset=before)}
        self._run(self._admin.delete_records(asked))

    def setting(self, topic: str, name: str) -> str:
        """Read a setting."""
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic)]
        (answer,) = self._run(self._admin.describe_configs(asked))
        return {each[0]: str(each[1]) for each in answer.resources[0][4]}[name]

    def set(self, topic: str, name: str, value: str) -> None:
        """Change a setting."""
        asked = ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})
        self._run(self._admin.alter_configs([asked]))

    def close(self) -> None:
        """Close the admin client and the loop."""
        self._run(self._admin.close())
        self._runner.close()
