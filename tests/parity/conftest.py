"""An embedded stream and Apache Kafka, one of each for a worker; whoever is missing is said."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from apache_kafka import ApacheKafka, MissingError
from kafka_process import KafkaProcess
from kafka_wire import Wire

from sandbox.clock import wait_until
from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Both:
    """The ports of both servers."""

    embedded: int
    apache: int


def warm_up(port: int) -> None:
    """Wait until the coordinators of groups and transactions answer: Kafka makes them when asked."""
    with Wire(port) as wire:
        for kind in (0, 1):
            wait_until(
                lambda kind=kind: (
                    not wire.ask("FindCoordinator", 4, coordinator_keys=["warm"], key_type=kind)
                    .coordinators[0]
                    .error_code
                ),
                within=30,
                waiting_for=f"the coordinator of kind {kind}",
            )
        for api, fields in (
            ("OffsetDelete", {"group_id": "warm", "topics": []}),
            ("EndTxn", {"transactional_id": "warm", "producer_id": 0, "producer_epoch": 0}),
            ("InitProducerId", {"transactional_id": None, "transaction_timeout_ms": 1000}),
        ):
            wait_until(
                lambda api=api, fields=fields: (
                    wire.ask(api, 0, **fields).error_code
                    not in (Code.COORDINATOR_LOAD_IN_PROGRESS, Code.NOT_COORDINATOR)
                ),
                within=30,
                waiting_for=api,
            )


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Start both; without Java or jars this skips, but not in CI."""
    try:
        apache = ApacheKafka(tmp_path_factory.mktemp("apache"))
    except MissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"Apache Kafka is not here to compare with: {error}")
    embedded = KafkaProcess(tmp_path_factory.mktemp("embedded") / "data")
    with apache:
        warm_up(apache.port)
        yield Both(embedded.port, apache.port)
    assert embedded.stop() == 0
    assert "Traceback" not in embedded.said


@pytest.fixture
def wires(both: Both) -> Iterator[tuple[Wire, Wire]]:
    """Give a connection to each."""
    with Wire(both.embedded) as embedded, Wire(both.apache) as apache:
        yield embedded, apache


@pytest.fixture
def topic() -> str:
    """Give a name that no other test has; it serves for groups and producers as well."""
    return f"p{next(NUMBERS)}"
