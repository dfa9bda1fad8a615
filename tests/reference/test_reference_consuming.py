"""The loop of the apps that read a topic, against an embedded stream as a process."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from kafka_process import KafkaProcess
from kafka_record import Record
from through_kafka_python import KafkaPython

from sandbox.clock import wait_until
from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.services.stream_control import StreamControl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOPIC = "orders"
READER = f"""
import sys
from sandbox.reference.consuming import consume, say
consume({TOPIC!r}, "reader", sys.argv[1], lambda records: say(f"{{len(records)}} records"))
"""


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[KafkaProcess]:
    """Run a stream of this test's own."""
    server = KafkaProcess(tmp_path / "data")
    yield server
    server.stop()


def test_a_join_that_takes_longer_than_a_poll_is_taken_up(stream: KafkaProcess) -> None:
    """Of a stream that answers late, a reader gets its partitions all the same, and at once."""
    control = StreamControl(Endpoint(LOOPBACK, stream.control_port))
    for api, seconds in (("SyncGroup", 0.3), ("Metadata", 0.8)):
        control.add_rule({"api": api, "action": "delay", "seconds": seconds, "times": None})
    with closing(KafkaPython(stream.address)) as client:
        client.create(TOPIC, 2)
        client.produce(TOPIC, [Record(b"%d" % each, partition=each % 2) for each in range(10)])
        reader = subprocess.Popen([sys.executable, "-c", READER, stream.address])
        try:
            wait_until(
                lambda: sum(client.committed("reader").values()) == 10,
                within=20,
                waiting_for="all records to be read",
                last_seen=lambda: client.committed("reader"),
            )
        finally:
            reader.terminate()
            assert reader.wait(30) == 0
