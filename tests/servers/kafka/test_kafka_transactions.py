"""Transactions as clients have them: all or nothing, seen by whom it may concern, one producer."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Producer
from kafka_wire import Wire
from through_confluent import Confluent
from transacting import PRODUCERS, READERS, ConfluentTransacting, Transacting, read_confluent

from sandbox.clock import wait_until
from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kafka_process import KafkaProcess

    Reader = Callable[[str, str, str], list[bytes]]
    Start = Callable[[str], Transacting]

EVERY_PRODUCER = pytest.mark.parametrize(
    "library", PRODUCERS, ids=lambda library: library.__name__.removesuffix("Transacting")
)
EVERY_READER = pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)


@pytest.fixture
def start(stream: KafkaProcess, library: Callable[[str, str], Transacting]) -> Iterator[Start]:
    """Give what starts a producer of a library; it is closed at the end."""
    with ExitStack() as ended:

        def started(name: str) -> Transacting:
            producer = library(stream.address, name)
            ended.callback(producer.close)
            return producer

        yield started


@pytest.fixture
def topic(stream: KafkaProcess, topic: str) -> str:
    """Make the topic, with one partition."""
    Confluent(stream.address).create(topic)
    return topic


@EVERY_PRODUCER
@EVERY_READER
def test_what_is_committed_is_read_and_no_more(
    stream: KafkaProcess, start: Start, reader: Reader, topic: str
) -> None:
    """Committed records are read, aborted and open ones are not; who does not mind reads all."""
    producer = start(topic)
    producer.begin()
    producer.send(topic, b"a", b"b")
    producer.commit()
    producer.begin()
    producer.send(topic, b"aborted")
    producer.abort()
    producer.begin()
    producer.send(topic, b"c")
    producer.commit()
    producer.begin()
    producer.send(topic, b"open")
    assert reader(stream.address, topic, "read_committed") == [b"a", b"b", b"c"]
    everything = [b"a", b"b", b"aborted", b"c", b"open"]
    assert reader(stream.address, topic, "read_uncommitted") == everything
    producer.abort()


@EVERY_PRODUCER
def test_a_second_producer_fences_the_first(stream: KafkaProcess, start: Start, topic: str) -> None:
    """Whoever takes the transactional id aborts what was open, and the first can do no more."""
    first = start(topic)
    first.begin()
    first.send(topic, b"of the first")
    second = start(topic)
    second.begin()
    second.send(topic, b"of the second")
    second.commit()
    with pytest.raises(type(first).Error):
        first.commit()
    assert read_confluent(stream.address, topic, "read_committed") == [b"of the second"]


@EVERY_PRODUCER
def test_offsets_go_with_the_transaction(stream: KafkaProcess, start: Start, topic: str) -> None:
    """Offsets that were sent are the group's when it commits, and not when it aborts."""
    producer, admin = start(topic), Confluent(stream.address)
    producer.begin()
    producer.send(topic, b"x")
    producer.send_offset(topic, topic, 5)
    assert admin.committed(topic) == {}
    producer.commit()
    assert admin.committed(topic) == {(topic, 0): 5}
    producer.begin()
    producer.send_offset(topic, topic, 9)
    producer.abort()
    assert admin.committed(topic) == {(topic, 0): 5}


def test_it_is_there_after_kill(own_stream: Callable[..., KafkaProcess]) -> None:
    """Killed with one transaction open, the server knows all of them when it is there again.

    (kafka-python leaves sockets open where a connection is refused, so it is not asked here.)
    """
    server = own_stream()
    Confluent(server.address).create("t")
    producer = ConfluentTransacting(server.address, "id")
    for value, end in ((b"a", producer.commit), (b"no", producer.abort), (b"b", producer.commit)):
        producer.begin()
        producer.send("t", value)
        end()
    producer.begin()
    producer.send("t", b"open")
    producer.send_offset("g", "t", 3)
    server.kill()
    server.again()
    assert read_confluent(server.address, "t", "read_committed") == [b"a", b"b"]
    producer.commit()
    assert read_confluent(server.address, "t", "read_committed") == [b"a", b"b", b"open"]
    assert Confluent(server.address).committed("g") == {("t", 0): 3}
    producer.close()


@pytest.mark.parametrize("library", PRODUCERS[1:2])
def test_transactions_are_described(stream: KafkaProcess, start: Start, topic: str) -> None:
    """State, producer and partitions of a transaction, and who writes to a partition."""
    producer = start(topic)
    producer.begin()
    producer.send(topic, b"x")
    with Wire(stream.port) as wire:
        (found,) = wire.ask("DescribeTransactions", 0, transactional_ids=[topic]).transaction_states
        assert (found.transaction_state, found.producer_epoch) == ("Ongoing", 0)
        assert [(each.topic, each.partitions) for each in found.topics] == [(topic, [0])]
        listed = wire.ask(
            "ListTransactions",
            1,
            state_filters=["Ongoing"],
            producer_id_filters=[],
            duration_filter=-1,
        )
        assert topic in {each.transactional_id for each in listed.transaction_states}
        asked = [{"name": topic, "partition_indexes": [0]}]
        request = wire.ask("DescribeProducers", 0, topics=[tuple(each.values()) for each in asked])
        (known,) = request.topics[0].partitions[0].active_producers
        assert (known.producer_id, known.current_txn_start_offset) == (found.producer_id, 0)
        producer.commit()
        (found,) = wire.ask("DescribeTransactions", 0, transactional_ids=[topic]).transaction_states
        assert (found.error_code, found.transaction_state) == (Code.NONE, "CompleteCommit")


def test_transactions_are_whole_whenever_it_is_killed(
    own_stream: Callable[..., KafkaProcess],
) -> None:
    """`kill -9` at random moments: a committed transaction is whole, any other left no trace."""
    server, chance = own_stream(), random.Random(5)  # noqa: S311 - moments, no secret
    Confluent(server.address).create("t", 2)
    committed: set[int] = set()
    stop = threading.Event()
    working = threading.Thread(target=transact_until, args=(stop, server.address, committed))
    working.start()
    try:
        for _ in range(6):
            enough = len(committed) + chance.randrange(1, 30)
            wait_until(
                lambda enough=enough: len(committed) >= enough, within=60, waiting_for="commits"
            )
            server.kill()
            server.again()
    finally:
        stop.set()
        working.join(60)
    places = ((place, value) for place in range(2) for value in read_place(server.address, place))
    seen = Counter((int(value), place) for place, value in places)
    assert set(seen.values()) == {1}
    whole = {number for number, _ in seen}
    assert {(number, place) for number in whole for place in range(2)} == set(seen)
    assert committed <= whole


def transact_until(stop: threading.Event, address: str, committed: set[int]) -> None:
    """Write each number to both partitions in one transaction, every third one aborted."""
    settings = {
        "bootstrap.servers": address,
        "transactional.id": "killed",
        "reconnect.backoff.ms": 10,
        "reconnect.backoff.max.ms": 100,
        "retry.backoff.ms": 10,
        "log_level": 0,
    }
    producer = Producer(settings)
    producer.init_transactions(30)
    for number in itertools.count():
        if stop.is_set():
            return
        producer.begin_transaction()
        for place in range(2):
            producer.produce("t", b"%d" % number, partition=place)
        if number % 3 == 2:
            producer.abort_transaction(30)
        else:
            producer.commit_transaction(30)
            committed.add(number)


def read_place(address: str, place: int) -> list[bytes]:
    """Read what is committed in a partition."""
    return read_confluent(address, "t", "read_committed", place)
