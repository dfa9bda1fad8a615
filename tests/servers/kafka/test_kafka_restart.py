"""The process: starting, stopping, and what survives both and `kill -9`."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer
from kafka_process import KafkaProcess, command
from kafka_record import Record
from through_confluent import Confluent
from through_kafka_python import KafkaPython

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    Start = Callable[..., KafkaProcess]

READER = Path(__file__).with_name("group_reader.py")


def end(server: KafkaProcess, how: str) -> None:
    """Stop a server in order, or kill it."""
    if how == "stop":
        assert server.stop() == 0
    else:
        server.kill()


def read_all(server: KafkaProcess, topic: str) -> list[Record]:
    """Read a topic up to its present end, by partition and offset."""
    client = Confluent(server.address)
    ends, starts = (client.offsets(topic, at) for at in ("latest", "earliest"))
    count = sum(ends.values()) - sum(starts.values())
    member = client.join("reads-it-all", topic)
    came: list[Record] = []
    wait_until(
        lambda: came.extend(member.poll()) or len(came) >= count,
        within=30,
        waiting_for=f"{count} records",
        last_seen=lambda: len(came),
    )
    member.close()
    return sorted(came, key=lambda each: (each.partition, each.offset))


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_everything_survives_a_restart(own_stream: Start, how: str) -> None:
    """Records, topics, settings, the start of a partition and commits are there again."""
    server = own_stream()
    client = KafkaPython(server.address)
    client.create("t", 3, max_message_bytes="5000")
    client.create("gone")
    client.delete("gone")
    client.produce("t", [Record(b"%d" % n, b"k", (), n, n % 3) for n in range(30)])
    client.delete_records("t", 1, 4)
    member = client.join("g", "t")
    wait_until(member.poll, within=20, waiting_for="records")
    wait_until(lambda: not member.poll(), within=20, waiting_for="the end")
    member.commit()
    member.close()
    client.close()
    ids = server.journal.read_text().split("cluster-id")[1][:30]
    end(server, how)
    server.again()
    again = KafkaPython(server.address)
    assert again.topics() == {"t"}
    assert again.setting("t", "max.message.bytes") == "5000"
    assert again.offsets("t", "earliest") == {0: 0, 1: 4, 2: 0}
    assert again.offsets("t", "latest") == {0: 10, 1: 10, 2: 10}
    assert again.committed("g") == {("t", 0): 10, ("t", 1): 10, ("t", 2): 10}
    assert again.members("g") == ("Empty", 0)
    assert server.journal.read_text().split("cluster-id")[1][:30] == ids
    values = [each.value for each in read_all(server, "t")]
    assert values == [b"%d" % n for p in range(3) for n in range(p, 30, 3) if p != 1 or n > 12]
    again.close()
    assert server.stop() == 0


def test_acknowledged_records_survive_kill(own_stream: Start) -> None:
    """`kill -9` at random moments under a producer: what was acknowledged is there, once."""
    server, chance = own_stream(), random.Random(11)  # noqa: S311 - moments, no secret
    Confluent(server.address).create("t", 2)
    acknowledged: set[bytes] = set()
    stop = threading.Event()
    producing = threading.Thread(target=produce_until, args=(stop, server.address, acknowledged))
    producing.start()
    try:
        for _ in range(5):
            enough = len(acknowledged) + chance.randrange(1, 400)
            wait_until(
                lambda enough=enough: len(acknowledged) >= enough,
                within=30,
                waiting_for="acknowledgements",
            )
            server.kill()
            server.again()
    finally:
        stop.set()
        producing.join(60)
    there = [each.value for each in read_all(server, "t")]
    assert acknowledged <= set(there)
    assert len(there) == len(set(there))
    assert server.stop() == 0


def produce_until(stop: threading.Event, address: str, acknowledged: set[bytes]) -> None:
    """Produce numbered records through an idempotent producer, and note the acknowledged."""

    def note(error: object, message: Any) -> None:
        if error is None:
            acknowledged.add(message.value())

    producer = Producer(
        {
            "bootstrap.servers": address,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 1,
            "reconnect.backoff.ms": 10,
            "reconnect.backoff.max.ms": 100,
            "retry.backoff.ms": 10,
            "log_level": 0,
        }
    )
    number = 0
    while not stop.is_set():
        producer.produce("t", b"%d" % number, partition=number % 2, on_delivery=note)
        producer.poll(0.001)
        number += 1
    assert producer.flush(30) == 0


@pytest.mark.parametrize(
    "tail",
    [b"\x00" * 7, b"garbage" * 100, bytes(8) + b"\x7f\xff\xff\xff\x00\x00\x00\x00\x02" * 9],
    ids=["zeros", "garbage", "half a header"],
)
def test_a_torn_tail_is_cut_and_said(own_stream: Start, tail: bytes) -> None:
    """Half a batch or garbage after the last one goes at the start; the log says how much."""
    server = own_stream()
    client = Confluent(server.address)
    client.create("t")
    client.produce("t", [Record(b"kept", partition=0)])
    server.kill()
    path = server.log_of("t")
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    server.again()
    assert path.read_bytes() == whole
    assert f"t 0: cut {len(tail)} bytes" in server.said
    assert Confluent(server.address).produce("t", [Record(b"next", partition=0)]) == [(0, 1)]
    assert [each.value for each in read_all(server, "t")] == [b"kept", b"next"]
    assert server.stop() == 0


def test_a_torn_journal_is_cut_and_said(own_stream: Start) -> None:
    """Half a line after the last fact goes at the start; the facts before it hold."""
    server = own_stream()
    client = Confluent(server.address)
    client.create("t", 2)
    server.kill()
    with server.journal.open("ab") as journal:
        journal.write(b'["topic:t",nul')
    server.again()
    assert "journal.ndjson: cut 14 bytes" in server.said
    assert Confluent(server.address).offsets("t", "latest") == {0: 0, 1: 0}
    assert server.stop() == 0


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("library", ["kafka-python", "confluent-kafka", "aiokafka"])
def test_members_outlive_a_restart(
    own_stream: Start, tmp_path: Path, how: str, library: str
) -> None:
    """A member that stays connected goes on after it, without a loss, and keeps its place."""
    server, log = own_stream(), tmp_path / "reader.log"
    Confluent(server.address).create("t")
    script = [sys.executable, str(READER), library, server.address]
    pipe = subprocess.PIPE
    with (
        log.open("w") as stderr,
        subprocess.Popen(script, text=True, stdin=pipe, stdout=pipe, stderr=stderr) as reader,
    ):
        for value in ("before", "after"):
            Confluent(server.address).produce("t", [Record(value.encode())])
            assert reader.stdout.readline() == f"{value}\n", log.read_text()
            if value == "before":
                end(server, how)
                server.again()
        assert Confluent(server.address).members("g") == ("Stable", 1)
        reader.stdin.close()
        assert reader.wait(30) == 0
    assert Confluent(server.address).committed("g") == {("t", 0): 2}
    assert server.stop() == 0


def run_to_end(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a server that will not start, and give its exit code and what it said."""
    ended = subprocess.run(
        command(folder, *arguments), capture_output=True, text=True, timeout=60, check=False
    )
    return ended.returncode, ended.stderr


def test_taken_port_and_folder_are_said(own_stream: Start, tmp_path: Path) -> None:
    """A port or a folder that is in use ends the start: exit code 3, one plain line."""
    server = own_stream()
    for arguments in (("--port", str(server.port)), ("--control-port", str(server.port))):
        code, said = run_to_end(tmp_path / "other", *arguments)
        assert (code, "in use" in said, said.count("\n")) == (3, True, 1)
    code, said = run_to_end(server.folder)
    assert (code, "data folder" in said, said.count("\n")) == (3, True, 1)
    assert server.stop() == 0


def test_folders_of_no_topic_are_cleared(own_stream: Start) -> None:
    """What a killed server left of a topic that was deleted, or not yet made, is gone."""
    server = own_stream()
    server.kill()
    left = server.folder / "topics" / "0123"
    left.mkdir()
    (left / "0.log").write_bytes(b"x")
    server.again()
    assert not left.exists()
    assert server.stop() == 0
