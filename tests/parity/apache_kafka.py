"""Apache Kafka itself, as a process: its jars on this machine's Java, one broker on loopback.

The jars are those of compose/kafka/pom.xml. They are looked for in SANDBOX_KAFKA_JARS, else in
~/.cache/sandbox/kafka-<version>, where Maven puts them once if it is there.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from sandbox.clock import wait_until
from sandbox.endpoint import Endpoint, is_listening

if TYPE_CHECKING:
    from types import TracebackType

POM = Path(__file__).parents[2] / "compose/kafka/pom.xml"
READY_WITHIN = 60
CLUSTER_ID = "c2FuZGJveC1wYXJpdHkwMA"
OLDEST_JAVA = 17

# One processor's worth of JVM: what starts soonest.
JAVA_OPTIONS = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
)
LOG4J = "-Dlog4j2.level=WARN"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={folder}/data
num.partitions=1
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=200
log.retention.ms=-1
log.cleaner.backoff.ms=100
log.retention.check.interval.ms=500
"""


class MissingError(Exception):
    """Apache Kafka cannot be had here; the message says what is missing."""


def version() -> str:
    """Give the version that pom.xml names."""
    found = re.search(r"<kafka\.version>([^<]+)<", POM.read_text())
    assert found is not None
    return found.group(1)


def find_jars() -> Path:
    """Give the folder of jars, asking Maven for them once; raises MissingError."""
    named = os.environ.get("SANDBOX_KAFKA_JARS")
    folder = Path(named) if named else Path.home() / ".cache/sandbox" / f"kafka-{version()}"
    if list(folder.glob(f"kafka_*-{version()}.jar")):
        return folder
    if shutil.which("mvn") is None:
        raise MissingError(f"no jars of Kafka in {folder}, and no mvn to get them by")
    partial = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={partial}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise MissingError(f"mvn could not get Kafka's jars: {(done.stdout + done.stderr)[-500:]}")
    put_in_place(partial, folder)
    return folder


def put_in_place(partial: Path, folder: Path) -> None:
    """Let what was fetched be what is looked for, unless somebody else was quicker."""
    try:
        partial.rename(folder)
    except OSError:
        shutil.rmtree(partial)


def find_java() -> str:
    """Give a Java that is new enough; raises MissingError."""
    java = shutil.which("java")
    if java is None:
        raise MissingError("no java on the PATH")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found.group(1)) < OLDEST_JAVA:
        raise MissingError(
            f"Kafka needs Java {OLDEST_JAVA} or later; here is {said.splitlines()[:1]}"
        )
    return java


class ApacheKafka:
    """One broker on `folder`, ready once it answers; ended by its process, never by name."""

    def __init__(self, folder: Path) -> None:
        """Format its storage and start it; raises MissingError."""
        jars, java = find_jars(), find_java()
        folder.mkdir(parents=True, exist_ok=True)
        self.port, controller = free_ports()
        properties = folder / "server.properties"
        properties.write_text(
            PROPERTIES.format(port=self.port, controller=controller, folder=folder)
        )
        self._log = folder / "log"
        self._java = [java, *JAVA_OPTIONS, LOG4J, "-cp", f"{jars}/*"]
        tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties)]
        subprocess.run([*self._java, *tool], check=True, capture_output=True)
        began = time.perf_counter()
        with self._log.open("ab") as log:
            command = [*self._java, "kafka.Kafka", str(properties)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        wait_until(
            self._answers, within=READY_WITHIN, waiting_for="Kafka", last_seen=self._log.read_text
        )
        self.ready_after = time.perf_counter() - began

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise MissingError(f"Kafka ended at once: {self._log.read_text()[-2000:]}")
        if not is_listening(Endpoint("127.0.0.1", self.port)):
            return False
        try:
            KafkaAdminClient(bootstrap_servers=self.address).close()
        except KafkaError:
            return False
        return True

    @property
    def address(self) -> str:
        """Give what clients call bootstrap servers."""
        return f"127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Kill it: its data is thrown away."""
        self.process.kill()
        self.process.wait(30)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


def free_ports() -> tuple[int, int]:
    """Give two ports that nobody has at the moment."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
