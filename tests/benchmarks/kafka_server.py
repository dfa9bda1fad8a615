"""The embedded stream beside Apache Kafka on this machine, in one run: a table of both.

    python tests/benchmarks/kafka_server.py [--records 200000] [--without-apache]

One client at a time shares the machine with the server: best of three for rates (a partition of its
own each time), all runs together for latency. `longest wait` is how long a second client, which asks
something small all the time, had to wait at most while records of 1 KB were written: what the event
loop, or the JVM, held up. Apache Kafka's jars are found as tests/parity/apache_kafka.py says.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from kafka import KafkaConsumer, KafkaProducer
from kafka import TopicPartition as Place
from payload import ROOT, make_values

sys.path.insert(0, str(ROOT / "tests/parity"))
sys.path.insert(0, str(ROOT / "tests/servers/kafka"))

from apache_kafka import ApacheKafka, MissingError
from kafka_process import KafkaProcess
from kafka_wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    Produce = Callable[["Server", str, list[bytes], str], None]
    Consume = Callable[["Server", str, int], None]

RUNS = 3
SIZES = (100, 1_000)
CODECS = ("none", "lz4")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: what it is called, where it listens, its process, seconds to be ready."""

    name: str
    port: int
    pid: int
    ready_after: float

    @property
    def address(self) -> str:
        """Give what clients call bootstrap servers."""
        return f"127.0.0.1:{self.port}"

    @property
    def megabytes(self) -> float:
        """Give its resident memory."""
        return psutil.Process(self.pid).memory_info().rss / 1e6


class Table:
    """Rows of figures, a column a server."""

    def __init__(self, servers: list[Server]) -> None:
        """Print the head."""
        self._servers = servers
        print(f"{'':44}" + "".join(f"{each.name:>16}" for each in servers))

    def row(self, what: str, figure: Callable[[Server], str]) -> None:
        """Measure each server in turn, and print."""
        print(f"{what:44}" + "".join(f"{figure(each):>16}" for each in self._servers), flush=True)


def start_embedded(folder: Path) -> Server:
    """Start ours."""
    began = time.perf_counter()
    process = KafkaProcess(folder)
    with Wire(process.port) as wire:
        wire.ask("Metadata", 1, topics=None)
    return Server("embedded", process.port, process.process.pid, time.perf_counter() - began)


def start_apache(folder: Path) -> Server:
    """Start Apache Kafka; its time is that from its command to its first answer."""
    kafka = ApacheKafka(folder)
    return Server("Apache Kafka", kafka.port, kafka.process.pid, kafka.ready_after)


def make_topic(server: Server, name: str) -> str:
    """Make a topic of one partition."""
    admin = AdminClient({"bootstrap.servers": server.address})
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
    return name


# -- rates --------------------------------------------------------------------


def produce_confluent(server: Server, topic: str, values: list[bytes], codec: str) -> None:
    """Write with confluent-kafka; acknowledged when this returns."""
    producer = Producer(
        {
            "bootstrap.servers": server.address,
            "acks": "all",
            "linger.ms": 5,
            "compression.type": codec,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for number, value in enumerate(values):
        producer.produce(topic, value, partition=0)
        if number % 10_000 == 0:
            producer.poll(0)
    assert producer.flush(120) == 0


def consume_confluent(server: Server, topic: str, count: int) -> None:
    """Read with confluent-kafka; at its defaults it would pause itself."""
    consumer = Consumer(
        {
            "bootstrap.servers": server.address,
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


def produce_kafka_python(server: Server, topic: str, values: list[bytes], codec: str) -> None:
    """Write with kafka-python."""
    producer = KafkaProducer(
        bootstrap_servers=server.address,
        acks="all",
        linger_ms=5,
        batch_size=262_144,
        compression_type=None if codec == "none" else codec,
    )
    for value in values:
        producer.send(topic, value, partition=0)
    producer.flush()
    producer.close()


def consume_kafka_python(server: Server, topic: str, count: int) -> None:
    """Read with kafka-python."""
    consumer = KafkaConsumer(bootstrap_servers=server.address, group_id=None)
    consumer.assign([Place(topic, 0)])
    consumer.seek_to_beginning(Place(topic, 0))
    while count > 0:
        count -= sum(map(len, consumer.poll(1000, max_records=count).values()))
    consumer.close()


def rates(
    table: Table,
    what: str,
    values: list[bytes],
    codec: str,
    *,
    produce: Produce = produce_confluent,
    consume: Consume = consume_confluent,
) -> None:
    """Print the best of RUNS for writing and for reading."""
    reading: dict[str, float] = {}

    def write_and_read(server: Server) -> str:
        best = 0.0
        for number in range(RUNS):
            topic = make_topic(server, f"{what.replace(', ', '-').replace(' ', '')}-{number}")
            began = time.perf_counter()
            produce(server, topic, values, codec)
            best = max(best, len(values) / (time.perf_counter() - began))
            began = time.perf_counter()
            consume(server, topic, len(values))
            taken = len(values) / (time.perf_counter() - began)
            reading[server.name] = max(taken, reading.get(server.name, 0.0))
        return f"{best:,.0f}/s"

    table.row(f"{what}, produce", write_and_read)
    table.row(f"{what}, consume", lambda server: f"{reading[server.name]:,.0f}/s")


# -- latency ------------------------------------------------------------------


def latency(server: Server, *, seconds: float) -> str:
    """Give p50 and p99 from produce to consume at 100 records a second, in milliseconds."""
    topic = make_topic(server, "latency")
    consumer = Consumer(
        {"bootstrap.servers": server.address, "group.id": "latency", "fetch.wait.max.ms": 500}
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    producer = Producer({"bootstrap.servers": server.address, "acks": "all", "linger.ms": 0})
    taken: list[float] = []
    pause = threading.Event()
    for number in range(int(seconds * 100)):
        began = time.perf_counter()
        producer.produce(topic, b"%d" % number, partition=0)
        producer.poll(0)
        while (message := consumer.poll(5)) is None or message.error():
            pass
        taken.append((time.perf_counter() - began) * 1e3)
        pause.wait(max(0.0, 0.01 - (time.perf_counter() - began)))
    consumer.close()
    p50, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    return f"{p50:.2f} / {p99:.2f}"


def longest_wait(server: Server, values: list[bytes]) -> str:
    """Give the longest wait of a second client while records are written, in milliseconds."""
    topic = make_topic(server, "wait")
    waits: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        with Wire(server.port) as wire:
            while not stop.is_set():
                began = time.perf_counter()
                wire.ask("FindCoordinator", 3, key="g", key_type=0)
                waits.append((time.perf_counter() - began) * 1e3)
                stop.wait(0.002)

    asking = threading.Thread(target=ask)
    asking.start()
    produce_confluent(server, topic, values, "none")
    stop.set()
    asking.join()
    return f"{max(waits):.0f} ms"


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000, help="of 100 bytes, for each run")
    parser.add_argument("--without-apache", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as ended:
        servers = [start_embedded(Path(name) / "embedded/data")]
        if not options.without_apache:
            try:
                servers.append(start_apache(Path(name) / "apache"))
            except MissingError as error:
                print(f"without Apache Kafka: {error}")
        for each in servers:
            ended.callback(psutil.Process(each.pid).kill)
        table = Table(servers)
        table.row("ready", lambda server: f"{server.ready_after:.2f} s")
        table.row("memory, idle", lambda server: f"{server.megabytes:.0f} MB")
        table.row("latency p50 / p99, 100/s, ms", lambda server: latency(server, seconds=5))
        for size in SIZES:
            values = make_values(size, options.records * SIZES[0] // size * 2)
            for codec in CODECS:
                what = f"{size} B, {codec}"
                rates(table, what, values, codec)
        few = make_values(100, options.records // 10)
        what = "kafka-python, 100 B, none"
        rates(
            table,
            what,
            few,
            "none",
            produce=produce_kafka_python,
            consume=consume_kafka_python,
        )
        many = make_values(1_000, options.records)
        table.row("longest wait of another client", lambda server: longest_wait(server, many))
        table.row("memory, after all that", lambda server: f"{server.megabytes:.0f} MB")


if __name__ == "__main__":
    main()
