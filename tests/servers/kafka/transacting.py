"""Transactional producers and read_committed consumers of three libraries, in one shape."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as AiokafkaPlace
from aiokafka.errors import KafkaError as AiokafkaError
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from kafka import KafkaConsumer, KafkaProducer
from kafka import TopicPartition as Place
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

READ_WITHIN = 20


class Transacting(Protocol):
    """One transactional producer; `Error` is what its library raises."""

    Error: type[Exception]

    def __init__(self, address: str, name: str) -> None:
        """Take the transactional id, and fence whoever had it."""

    def begin(self) -> None:
        """Begin a transaction."""

    def send(self, topic: str, *values: bytes) -> None:
        """Write to partition 0, and wait until that is acknowledged."""

    def send_offset(self, group: str, topic: str, offset: int) -> None:
        """Let the group go on at `offset` of partition 0 if the transaction commits."""

    def commit(self) -> None:
        """Commit."""

    def abort(self) -> None:
        """Abort."""

    def close(self) -> None:
        """Close; what is open is left so."""


class KafkaPythonTransacting:
    """kafka-python's."""

    Error = KafkaError

    def __init__(self, address: str, name: str) -> None:
        """Initialize."""
        self._producer = KafkaProducer(bootstrap_servers=address, transactional_id=name)
        self._producer.init_transactions()

    def begin(self) -> None:
        """Begin."""
        self._producer.begin_transaction()

    def send(self, topic: str, *values: bytes) -> None:
        """Write."""
        sent = [self._producer.send(topic, value, partition=0) for value in values]
        self._producer.flush(timeout=20)
        for each in sent:
            each.get(timeout=20)

    def send_offset(self, group: str, topic: str, offset: int) -> None:
        """Send an offset."""
        offsets = {Place(topic, 0): OffsetAndMetadata(offset, "", -1)}
        self._producer.send_offsets_to_transaction(offsets, group)

    def commit(self) -> None:
        """Commit."""
        self._producer.commit_transaction()

    def abort(self) -> None:
        """Abort."""
        self._producer.abort_transaction()

    def close(self) -> None:
        """Close."""
        self._producer.close(timeout=0)


class ConfluentTransacting:
    """confluent-kafka's."""

    Error = KafkaException

    def __init__(self, address: str, name: str) -> None:
        """Initialize."""
        self._address = address
        settings = {"bootstrap.servers": address, "transactional.id": name, "linger.ms": 1}
        self._producer = Producer(settings)
        self._producer.init_transactions(20)

    def begin(self) -> None:
        """Begin."""
        self._producer.begin_transaction()

    def send(self, topic: str, *values: bytes) -> None:
        """Write."""
        errors: list[Any] = []
        for value in values:
            self._producer.produce(
                topic, value, partition=0, on_delivery=lambda error, _: errors.append(error)
            )
        self._producer.flush(20)
        assert len(errors) == len(values)
        if any(errors):
            raise KafkaException(next(filter(None, errors)))

    def send_offset(self, group: str, topic: str, offset: int) -> None:
        """Send an offset."""
        consumer = Consumer({"bootstrap.servers": self._address, "group.id": group})
        metadata = consumer.consumer_group_metadata()
        offsets = [TopicPartition(topic, 0, offset)]
        self._producer.send_offsets_to_transaction(offsets, metadata, 20)
        consumer.close()

    def commit(self) -> None:
        """Commit."""
        self._producer.commit_transaction(20)

    def abort(self) -> None:
        """Abort."""
        self._producer.abort_transaction(20)

    def close(self) -> None:
        """Let go: the library ends its threads by itself."""
        del self._producer


class AiokafkaTransacting:
    """aiokafka's."""

    Error = AiokafkaError

    def __init__(self, address: str, name: str) -> None:
        """Initialize."""
        self._runner = asyncio.Runner()

        async def start() -> AIOKafkaProducer:
            producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id=name)
            await producer.start()
            return producer

        self._producer = self._run(start())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        async def limited() -> Any:
            return await asyncio.wait_for(work, 30)

        return self._runner.run(limited())

    def begin(self) -> None:
        """Begin."""
        self._run(self._producer.begin_transaction())

    def send(self, topic: str, *values: bytes) -> None:
        """Write."""

        async def write() -> None:
            sent = [await self._producer.send(topic, value, partition=0) for value in values]
            await asyncio.gather(*sent)

        self._run(write())

    def send_offset(self, group: str, topic: str, offset: int) -> None:
        """Send an offset."""
        offsets = {AiokafkaPlace(topic, 0): offset}
        self._run(self._producer.send_offsets_to_transaction(offsets, group))

    def commit(self) -> None:
        """Commit."""
        self._run(self._producer.commit_transaction())

    def abort(self) -> None:
        """Abort."""
        self._run(self._producer.abort_transaction())

    def close(self) -> None:
        """Close."""
        self._run(self._producer.stop())
        self._runner.close()


def read_kafka_python(address: str, topic: str, isolation: str) -> list[bytes]:
    """Read partition 0 with kafka-python."""
    place = Place(topic, 0)
    consumer = KafkaConsumer(
        bootstrap_servers=address, isolation_level=isolation, fetch_max_wait_ms=50
    )
    try:
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        (end,) = consumer.end_offsets([place]).values()
        came: list[bytes] = []
        while consumer.position(place) < end:
            came += [each.value for each in consumer.poll(200).get(place, ())]
        return came
    finally:
        consumer.close()


def read_confluent(address: str, topic: str, isolation: str, partition: int = 0) -> list[bytes]:
    """Read a partition with confluent-kafka, up to where it says that the end is."""
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": f"reads-{topic}",
            "isolation.level": isolation,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 50,
        }
    )
    consumer.assign([TopicPartition(topic, partition, 0)])
    came: list[bytes] = []
    while True:
        message = consumer.poll(READ_WITHIN)
        assert message is not None
        if message.error():
            break
        came.append(message.value())
    consumer.close()
    return came


def read_aiokafka(address: str, topic: str, isolation: str) -> list[bytes]:
    """Read partition 0 with aiokafka."""

    async def read() -> list[bytes]:
        place = AiokafkaPlace(topic, 0)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=address, isolation_level=isolation, fetch_max_wait_ms=50
        )
        await consumer.start()
        try:
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            end = (await consumer.end_offsets([place]))[place]
            came: list[bytes] = []
            while await consumer.position(place) < end:
                batches = await consumer.getmany(timeout_ms=200)
                came += [each.value for each in batches.get(place, ())]
            return came
        finally:
            await consumer.stop()

    async def limited() -> list[bytes]:
        return await asyncio.wait_for(read(), READ_WITHIN)

    return asyncio.run(limited())


PRODUCERS: tuple[type[Transacting], ...] = (
    KafkaPythonTransacting,
    ConfluentTransacting,
    AiokafkaTransacting,
)
READERS: tuple[Callable[[str, str, str], list[bytes]], ...] = (
    read_kafka_python,
    read_confluent,
    read_aiokafka,
)
