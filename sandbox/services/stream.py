"""The stream: Kafka, embedded as our own server or Apache's in a container; how it is started."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sandbox.endpoint import LOOPBACK
from sandbox.runtime.spec import (
    PORT,
    READY_FD,
    ContainerSpec,
    ProcessSpec,
    ReadyKafka,
    ReadyPipe,
)
from sandbox.services.environment import process_environment
from sandbox.services.roles import INSIDE

if TYPE_CHECKING:
    from sandbox.config.definition import Config
    from sandbox.runtime.folder import StateFolder

NAME = "stream"
CLUSTER_ID = "c2FuZGJveC1zdHJlYW0wMA"


def spec(config: Config, folder: StateFolder, port: int) -> ProcessSpec:
    """Say how the embedded stream is started."""
    command = [sys.executable, "-m", "sandbox.servers.kafka", "--port", PORT]
    command += ["--ready-fd", READY_FD, "--data-dir", str(folder.data(NAME))]
    if config.stream.auto_create_topics:
        command.append("--auto-create-topics")
    return ProcessSpec(
        name=NAME,
        kind="service",
        command=tuple(command),
        directory=folder.path,
        environment=process_environment({}),
        ready=ReadyPipe(),
        port=port,
        pinned=config.stream.port is not None,
    )


# Where Apache Kafka listens in its container for clients on this machine.
FOR_THE_HOST = 9092


def container(config: Config, port: int) -> ContainerSpec:
    """Say how Apache Kafka is started in a container: one broker, which is its own controller."""
    inside = INSIDE[NAME]
    settings = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENERS": f"HOST://:{FOR_THE_HOST},NETWORK://:{inside.port},CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"HOST://{LOOPBACK}:{port},NETWORK://{inside.address}",
        "LISTENER_SECURITY_PROTOCOL_MAP": ("HOST:PLAINTEXT,NETWORK:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        "INTER_BROKER_LISTENER_NAME": "NETWORK",
        "LOG_DIRS": "/var/lib/kafka/data",
        "AUTO_CREATE_TOPICS_ENABLE": str(config.stream.auto_create_topics).lower(),
        # Replayed records are old: they are kept, as in the embedded stream.
        "LOG_RETENTION_MS": "-1",
        # A cluster of one, on a laptop: nobody else to wait for, few files to make.
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "GROUP_MIN_SESSION_TIMEOUT_MS": "1",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "OFFSETS_TOPIC_NUM_PARTITIONS": "1",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "TRANSACTION_STATE_LOG_NUM_PARTITIONS": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS": "1",
    }
    return ContainerSpec(
        name=NAME,
        kind="service",
        image=config.images.kafka,
        alias=inside.host,
        environment={
            **{f"KAFKA_{name}": value for name, value in settings.items()},
            "CLUSTER_ID": CLUSTER_ID,
            # What starts soonest: the compiler and the collector of a small JVM.
            "KAFKA_HEAP_OPTS": "-Xms128m -Xmx512m",
            "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        },
        ready=ReadyKafka(),
        port=port,
        listens=FOR_THE_HOST,
        pinned=config.stream.port is not None,
    )
