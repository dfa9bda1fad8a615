"""Clients of other languages: kcat (C), kafkajs (JavaScript) and Apache Kafka's own (Java)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foreign_clients import HERE, find, find_kafkajs, missing, run, told
from through_confluent import Confluent

if TYPE_CHECKING:
    import pytest
    from kafka_process import KafkaProcess

FOUR = ["v0", "v1", "v2", "v3"]


def test_kcat(stream: KafkaProcess, topic: str) -> None:
    """Writes with keys and headers, reads in a group, goes on where it had committed, lists."""
    kcat = [find("kcat"), "-b", stream.address]
    Confluent(stream.address).create(topic, 2)
    run(
        [*kcat, "-P", "-t", topic, "-p", "0", "-K", ":", "-H", "a=b", "-z", "lz4"],
        given="k:x\nl:y\n",
    )
    assert run([*kcat, "-C", "-t", topic, "-e", "-q", "-f", "%k %s %h\\n"]) == "k x a=b\nl y a=b\n"
    group = [
        *kcat,
        "-G",
        topic,
        "-X",
        "auto.offset.reset=earliest",
        "-e",
        "-q",
        "-f",
        "%s\\n",
        topic,
    ]
    assert run(group) == "x\ny\n"
    run([*kcat, "-P", "-t", topic, "-p", "1", "-X", "enable.idempotence=true"], given="z\n")
    assert run(group) == "z\n"
    assert run([*kcat, "-Q", "-t", f"{topic}:0:-1"]).strip().endswith("offset 2")
    assert f'topic "{topic}" with 2 partitions' in run([*kcat, "-L"])


def test_kafkajs(stream: KafkaProcess, topic: str) -> None:
    """Writes, shares partitions, commits, seeks, transacts."""
    environment = {"NODE_PATH": str(find_kafkajs() / "node_modules")}
    script = str(HERE / "kafkajs_client.js")
    seen = told(run([find("node"), script, stream.address, topic], environment=environment))
    assert seen == {"before": FOUR, "again": ["committed", "v1", "v3"], "at": "7"}


def test_the_java_client(stream: KafkaProcess, topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes, shares partitions by both protocols of groups, commits, seeks, transacts."""
    monkeypatch.syspath_prepend(str(HERE.parents[1] / "parity"))
    import apache_kafka  # noqa: PLC0415 - knows where the jars are

    try:
        java, jars = apache_kafka.find_java(), apache_kafka.find_jars()
    except apache_kafka.MissingError as error:
        missing(str(error))
    options = [*apache_kafka.JAVA_OPTIONS, "-cp", f"{jars}/*", "-Dlog4j2.level=OFF"]
    source = str(HERE / "JavaClient.java")
    seen = told(run([java, *options, source, stream.address, topic]))
    read = sorted([*FOUR, "committed", "v1", "v3"])
    assert (seen["classic"], seen["consumer"], seen["at"]) == (read, read, 7)
    assert seen["groups"] == ["classic", "consumer", "offsets"]
