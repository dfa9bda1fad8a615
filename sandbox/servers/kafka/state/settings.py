"""Settings of topics and of the broker: their defaults, and which values are legal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# All that Kafka 4 knows. This server acts on cleanup.policy, delete.retention.ms,
# max.compaction.lag.ms, max.message.bytes, message.timestamp.type, min.cleanable.dirty.ratio,
# min.compaction.lag.ms, retention.bytes, retention.ms, segment.bytes and segment.ms. Unless a topic
# says otherwise records are kept for ever (Kafka: a week): replayed ones carry old timestamps, and
# would be deleted at once.
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
    "remote.log.copy.disable": "false",
    "remote.log.delete.on.disable": "false",
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
    "default.replication.factor": "1",
    "delete.topic.enable": "true",
    "group.coordinator.rebalance.protocols": "classic,consumer",
    "group.max.session.timeout.ms": "1800000",
    "group.min.session.timeout.ms": "1",
    # Kafka waits 3 s for the first members of a group. Without any wait a client may share out
    # partitions before it knows of them, and do it all again: kafka-python, whose first metadata
    # come after 0.1 s, does not always recover from that (README.md, "Clients").
    "group.initial.rebalance.delay.ms": "200",
    "log.cleaner.enable": "true",
    "node.id": "1",
    "offset.metadata.max.bytes": "4096",
    "process.roles": "broker,controller",
    "socket.request.max.bytes": "104857600",
    "transaction.max.timeout.ms": "900000",
    "transactional.id.expiration.ms": "-1",
}
CHOICES: Mapping[str, frozenset[str]] = {
    "cleanup.policy": frozenset({"delete", "compact"}),
    "compression.type": frozenset({"producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"}),
    "message.timestamp.type": frozenset({"CreateTime", "LogAppendTime"}),
    "preallocate": frozenset({"true", "false"}),
    "remote.log.copy.disable": frozenset({"true", "false"}),
    "remote.log.delete.on.disable": frozenset({"true", "false"}),
    "remote.storage.enable": frozenset({"true", "false"}),
    "auto.create.topics.enable": frozenset({"true", "false"}),
    "delete.topic.enable": frozenset({"true", "false"}),
    "log.cleaner.enable": frozenset({"true", "false"}),
    "log.message.timestamp.type": frozenset({"CreateTime", "LogAppendTime"}),
    "log.preallocate": frozenset({"true", "false"}),
    "unclean.leader.election.enable": frozenset({"true", "false"}),
}
LISTS = frozenset(
    {
        "advertised.listeners",
        "cleanup.policy",
        "follower.replication.throttled.replicas",
        "group.coordinator.rebalance.protocols",
        "leader.replication.throttled.replicas",
        "listeners",
        "log.cleanup.policy",
        "log.dirs",
        "process.roles",
    }
)
LEAST: Mapping[str, int] = {
    "delete.retention.ms": 0,
    "max.message.bytes": 0,
    "min.insync.replicas": 1,
    "retention.ms": -1,
    "segment.bytes": 14,
}
FRACTIONS = frozenset({"log.cleaner.min.cleanable.ratio", "min.cleanable.dirty.ratio"})
INTEGERS = frozenset(
    {
        "broker.id",
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.zstd.level",
        "default.replication.factor",
        "group.initial.rebalance.delay.ms",
        "group.max.session.timeout.ms",
        "group.min.session.timeout.ms",
        "index.interval.bytes",
        "log.index.interval.bytes",
        "log.index.size.max.bytes",
        "log.segment.bytes",
        "max.message.bytes",
        "message.max.bytes",
        "min.insync.replicas",
        "node.id",
        "num.partitions",
        "offset.metadata.max.bytes",
        "segment.bytes",
        "segment.index.bytes",
        "socket.request.max.bytes",
        "transaction.max.timeout.ms",
        "transactional.id.expiration.ms",
    }
)
# Under which name a broker has the default of a topic's setting (KIP-226), where it has one.
BROKER_NAMES: Mapping[str, str] = {
    "cleanup.policy": "log.cleanup.policy",
    "compression.gzip.level": "compression.gzip.level",
    "compression.lz4.level": "compression.lz4.level",
    "compression.type": "compression.type",
    "compression.zstd.level": "compression.zstd.level",
    "delete.retention.ms": "log.cleaner.delete.retention.ms",
    "file.delete.delay.ms": "log.segment.delete.delay.ms",
    "flush.messages": "log.flush.interval.messages",
    "index.interval.bytes": "log.index.interval.bytes",
    "local.retention.bytes": "log.local.retention.bytes",
    "local.retention.ms": "log.local.retention.ms",
    "max.compaction.lag.ms": "log.cleaner.max.compaction.lag.ms",
    "max.message.bytes": "message.max.bytes",
    "message.timestamp.after.max.ms": "log.message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms": "log.message.timestamp.before.max.ms",
    "message.timestamp.type": "log.message.timestamp.type",
    "min.cleanable.dirty.ratio": "log.cleaner.min.cleanable.ratio",
    "min.compaction.lag.ms": "log.cleaner.min.compaction.lag.ms",
    "min.insync.replicas": "min.insync.replicas",
    "preallocate": "log.preallocate",
    "retention.bytes": "log.retention.bytes",
    "retention.ms": "log.retention.ms",
    "segment.bytes": "log.segment.bytes",
    "segment.index.bytes": "log.index.size.max.bytes",
    "unclean.leader.election.enable": "unclean.leader.election.enable",
}

# KIP-569: how DescribeConfigs names the type of a value.
BOOLEAN, STRING, INTEGER, LONG, DOUBLE, LIST = 1, 2, 3, 5, 6, 7


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
    return INTEGER if name in INTEGERS else LONG


def problem_with(config: Mapping[str, str]) -> str | None:
    """Say what is wrong with the first setting that is wrong, in Kafka's words; None if all hold."""
    for name, value in config.items():
        if name not in TOPIC_SETTINGS:
            return f"Unknown topic config name: {name}"
        why = _problem(name, value)
        if why:
            return f"Invalid value {value} for configuration {name}: {why}"
    return None


def _problem_of_fraction(value: str) -> str | None:
    if not value.replace(".", "", 1).isdecimal():
        return "Not a number of type DOUBLE"
    return None if float(value) <= 1 else "Value must be no more than 1"


def _problem(name: str, value: str) -> str | None:
    kind = type_of(name)
    if name in CHOICES:
        parts = [part for part in value.split(",") if part] if kind == LIST else [value]
        if not {part.strip() for part in parts} <= CHOICES[name]:
            return f"String must be one of: {', '.join(sorted(CHOICES[name]))}"
    if kind in (INTEGER, LONG) and not value.removeprefix("-").isdecimal():
        return f"Not a number of type {'INT' if kind == INTEGER else 'LONG'}"
    if name in LEAST and int(value) < LEAST[name]:
        return f"Value must be at least {LEAST[name]}"
    if kind == DOUBLE:
        return _problem_of_fraction(value)
    return None
