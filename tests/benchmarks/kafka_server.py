"""How quick the embedded stream is: start, produce, consume, latency, memory.

Run it as `python tests/benchmarks/kafka_server.py`. Each client library writes 10,000 records of 200
bytes with acks=all and reads them back without a group; best of three. The client shares the machine
with the server and is bound by itself: a client library in Python cannot show more than its own rate.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from confluent_kafka import Consumer, Producer, TopicPartition
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import TopicPartition as Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
VALUE = os.urandom(200)


@dataclass(frozen=True, slots=True)
class Running:
    """A server process: where it listens, and how many seconds it took to be ready."""

    pid: int
    address: str
    ready_after: float

    @property
    def megabytes(self) -> float:
        """Give its resident memory."""
        return psutil.Process(self.pid).memory_info().rss / 1e6


@contextmanager
def run(folder: Path) -> Iterator[Running]:
    """Start a server, wait until it says that it is ready, and stop it at the end."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "sandbox.servers.kafka", "--data-dir", str(folder)]
    began = time.perf_counter()
    process = subprocess.Popen([*command, "--ready-fd", str(writing)], pass_fds=[writing], cwd=ROOT)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = json.loads(pipe.readline())
    try:
        yield Running(process.pid, f"127.0.0.1:{said['port']}", time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(10)


def produce_kafka_python(address: str, topic: str, count: int) -> None:
    """Write with kafka-python."""
    producer = KafkaProducer(bootstrap_servers=address, acks="all", linger_ms=5, batch_size=262_144)
    for _ in range(count):
        producer.send(topic, VALUE, partition=0)
    producer.flush()
    producer.close()


def consume_kafka_python(address: str, topic: str, count: int) -> None:
    """Read with kafka-python."""
    consumer = KafkaConsumer(bootstrap_servers=address, group_id=None)
    consumer.assign([Place(topic, 0)])
    consumer.seek_to_beginning(Place(topic, 0))
    while count > 0:
        count -= sum(map(len, consumer.poll(1000, max_records=count).values()))
    consumer.close()


def produce_confluent(address: str, topic: str, count: int) -> None:
    """Write with confluent-kafka."""
    producer = Producer(
        {
            "bootstrap.servers": address,
            "acks": "all",
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for _ in range(count):
        producer.produce(topic, VALUE, partition=0)
    producer.flush()


def consume_confluent(address: str, topic: str, count: int) -> None:
    """Read with confluent-kafka; at its defaults it would pause itself."""
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "benchmark",
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 5,
            "queued.min.messages": 1_000_000,
        }
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    while count > 0:
        count -= len(consumer.consume(min(count, 10_000), 1))
    consumer.close()


def rate(work: Callable[[str, str, int], None], address: str, topic: str, count: int) -> float:
    """Give records per second."""
    began = time.perf_counter()
    work(address, topic, count)
    return count / (time.perf_counter() - began)


def measure(name: str, server: Running, admin: KafkaAdminClient, count: int) -> None:
    """Print the best of three for one client library."""
    produce, consume = WORK[name]
    best = {"produce": 0.0, "consume": 0.0}
    for number in range(3):
        topic = f"{name}-{number}"
        admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}})
        best["produce"] = max(best["produce"], rate(produce, server.address, topic, count))
        best["consume"] = max(best["consume"], rate(consume, server.address, topic, count))
    print(f"{name:34} produce {best['produce']:9,.0f}/s   consume {best['consume']:9,.0f}/s")


def measure_latency(server: Running, admin: KafkaAdminClient, count: int = 1000) -> None:
    """Print how long one record takes from produce to acknowledgement, one after the other."""
    admin.create_topics({"latency": {"num_partitions": 1, "replication_factor": 1}})
    producer = Producer({"bootstrap.servers": server.address, "acks": "all", "linger.ms": 0})
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        producer.produce("latency", VALUE, partition=0)
        producer.flush()
        taken.append((time.perf_counter() - began) * 1e6)
    p50, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    print(f"{'one record, acknowledged':34} p50 {p50:.0f} µs   p99 {p99:.0f} µs")


WORK: dict[str, tuple[Callable[[str, str, int], None], Callable[[str, str, int], None]]] = {
    "kafka-python": (produce_kafka_python, consume_kafka_python),
    "confluent-kafka": (produce_confluent, consume_confluent),
}


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000, help="for each measurement")
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = []
        for _ in range(5):
            with run(folder) as server:
                starts.append(server.ready_after)
        print(f"{'empty':34} ready in {statistics.median(starts) * 1e3:.0f} ms (median of 5)")
        with run(folder) as server:
            print(f"{'':34} {server.megabytes:.0f} MB")
            admin = KafkaAdminClient(bootstrap_servers=server.address)
            for client in WORK:
                measure(client, server, admin, count)
            measure_latency(server, admin)
            admin.close()
            print(f"{'after all that':34} {server.megabytes:.0f} MB")
        with run(folder) as server:
            size = sum(path.stat().st_size for path in folder.rglob("*.log")) / 1e6
            print(
                f"{f'with {size:.0f} MB of records':34} ready in {server.ready_after * 1e3:.0f} ms"
            )


if __name__ == "__main__":
    main()
