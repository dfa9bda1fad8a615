"""Settings of topics and of the broker: their defaults, and which values are legal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# All that Kafka 4 knows. This server acts on max.message.bytes and message.timestamp.type. Records
# are kept for ever: replayed ones carry old timestamps, and retention would delete them at once.
TOPIC_SETTINGS: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "compression.gzip.level": "-1",
    "compression.lz4.level": "9",
    "compression.type": "producer",
    "compression.zstd.level": "3",
    "delete.retention.ms": "86400000",
    "file.delete.delay.ms": "60000",
    "flush.messages": "9223372036854775807",
    "flush.ms": "9223372036854775807",
    "follower.replication.throttled.replicas": "",
    "index.interval.bytes": "4096",
    "leader.replication.throttled.replicas": "",
    "local.retention.bytes": "-2",
    "local.retention.ms": "-2",
    "max.compaction.lag.ms": "9223372036854775807",
    "max.message.bytes": "1048588",
    "message.timestamp.after.max.ms": "3600000",
    "message.timestamp.before.max.ms": "9223372036854775807",
    "message.timestamp.type": "CreateTime",
    "min.cleanable.dirty.ratio": "0.5",
    "min.compaction.lag.ms": "0",
    "min.insync.replicas": "1",
    "preallocate": "false",
    "remote.storage.enable": "false",
    "retention.bytes": "-1",
    "retention.ms": "-1",
    "segment.bytes": "1073741824",
    "segment.index.bytes": "10485760",
    "segment.jitter.ms": "0",
    "segment.ms": "604800000",
    "unclean.leader.election.enable": "false",
}
BROKER_SETTINGS: Mapping[str, str] = {
    "broker.id": "1",
    "compression.type": "producer",
    "default.replication.factor": "1",
    # Kafka waits 3 s for the first members of a group. Without any wait a client may share out
    # partitions before it knows of them, and do it all again: kafka-python, whose first metadata
    # come after 0.1 s, does not always recover from that (README.md, "Clients").
    "group.initial.rebalance.delay.ms": "200",
    "log.retention.bytes": "-1",
    "log.retention.ms": "-1",
    "message.max.bytes": TOPIC_SETTINGS["max.message.bytes"],
    "num.partitions": "1",
}
CHOICES: Mapping[str, frozenset[str]] = {
    "cleanup.policy": frozenset({"delete", "compact"}),
    "compression.type": frozenset({"producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"}),
    "message.timestamp.type": frozenset({"CreateTime", "LogAppendTime"}),
    "preallocate": frozenset({"true", "false"}),
    "remote.storage.enable": frozenset({"true", "false"}),
    "unclean.leader.election.enable": frozenset({"true", "false"}),
}
LISTS = frozenset(
    {
        "cleanup.policy",
        "follower.replication.throttled.replicas",
        "leader.replication.throttled.replicas",
    }
)
LEAST: Mapping[str, int] = {
    "delete.retention.ms": 0,
    "max.message.bytes": 0,
    "min.insync.replicas": 1,
    "retention.ms": -1,
    "segment.bytes": 14,
}
FRACTIONS = frozenset({"min.cleanable.dirty.ratio"})

# KIP-569: how DescribeConfigs names the type of a value.
BOOLEAN, STRING, LONG, DOUBLE, LIST = 1, 2, 5, 6, 7


def setting(config: Mapping[str, str], name: str) -> str:
    """Give a topic's setting, or its default."""
    return config.get(name, TOPIC_SETTINGS.get(name, ""))


def type_of(name: str) -> int:
    """Give the type of a setting as DescribeConfigs names it."""
    if name in LISTS:
        return LIST
    if name in FRACTIONS:
        return DOUBLE
    if name in CHOICES:
        return BOOLEAN if "true" in CHOICES[name] else STRING
    return LONG


def problem_with(config: Mapping[str, str]) -> str | None:
    """Say what is wrong with the first setting that is wrong, in Kafka's words; None if all hold."""
    for name, value in config.items():
        if name not in TOPIC_SETTINGS:
            return f"Unknown topic config name: {name}"
        why = _problem(name, value)
        if why:
            return f"Invalid value {value} for configuration {name}: {why}"
    return None


def _problem(name: str, value: str) -> str | None:
    kind = type_of(name)
    if name in CHOICES:
        parts = [part for part in value.split(",") if part] if kind == LIST else [value]
        if not {part.strip() for part in parts} <= CHOICES[name]:
            return f"String must be one of: {', '.join(sorted(CHOICES[name]))}"
    if kind == LONG and not value.removeprefix("-").isdecimal():
        return "Not a number of type LONG"
    if name in LEAST and int(value) < LEAST[name]:
        return f"Value must be at least {LEAST[name]}"
    if kind == DOUBLE and not value.replace(".", "", 1).isdecimal():
        return "Not a number of type DOUBLE"
    return None
