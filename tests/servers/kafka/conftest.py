"""A stream for each worker, shared by its tests: each has topics and groups of its own."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from kafka_process import KafkaProcess
from kafka_wire import Wire
from room import Room
from through_aiokafka import Aiokafka
from through_confluent import Confluent
from through_kafka_python import KafkaPython

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kafka_record import Client

LIBRARIES: tuple[Callable[[str], Client], ...] = (KafkaPython, Confluent, Aiokafka)
NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaProcess]:
    """Run one server for all tests of a worker; it stops in order and never says a traceback."""
    server = KafkaProcess(tmp_path_factory.mktemp("stream") / "data")
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.said


@pytest.fixture
def own_stream(tmp_path: Path) -> Iterator[Callable[..., KafkaProcess]]:
    """Give what starts servers that the test may end; those that it left running are killed."""
    with ExitStack() as ended:

        def started(server: KafkaProcess) -> KafkaProcess:
            ended.callback(server.kill)
            return server

        yield lambda *more: started(KafkaProcess(tmp_path / "data", *more))


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.__name__)
def client(stream: KafkaProcess, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Give each client library in turn."""
    library: Client = request.param(stream.address)
    yield library
    library.close()


@pytest.fixture
def wire(stream: KafkaProcess) -> Iterator[Wire]:
    """Give a bare connection."""
    with Wire(stream.port) as connection:
        yield connection


@pytest.fixture
def topic() -> str:
    """Give a name that no other test has; it serves for groups as well."""
    return f"t{next(NUMBERS)}"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Give a room with the topic t of two partitions."""
    opened = Room(tmp_path)
    opened.cluster.topics.create("t", 2, {})
    yield opened
    opened.cluster.close()
