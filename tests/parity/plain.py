"""Answers as plain data, with what no two servers share put in words."""

from __future__ import annotations

import uuid
from typing import Any

# Fields that name what a server made up: the first one seen becomes <name 0>, the next <name 1>.
MADE_UP = {
    "topic_id",
    "member_id",
    "leader",
    "leader_id",
    "node_id",
    "broker_id",
    "controller_id",
    "replica_nodes",
    "isr_nodes",
    "coordinator_id",
    "producer_id",
    "cluster_id",
    "host",
    "client_host",
    "port",
    "resource_name",
    "log_dir",
    "total_bytes",
    "usable_bytes",
}
BROKERS = {"leader_id", "node_id", "broker_id", "controller_id", "replica_nodes", "isr_nodes"}
# Texts for people, which differ, and what servers say of how busy they are.
LEFT_OUT = {"error_message", "batch_index_error_message", "throttle_time_ms"}
# Lists that say the same in any order.
ORDERLESS = {
    "configs",
    "entity",
    "entries",
    "values",
    "config_resources",
    "partitions",
    "results",
    "results_by_partition",
}
# Where a default comes from (KIP-226): set for all brokers, in a broker's file, or nowhere.
SOURCES = {"config_source", "source"}
OF_THE_BROKER = (3, 4, 5)
# A time of this century is a clock's; the requests' own times are small.
CLOCKS_FROM = 1_600_000_000_000
CLOCKS = {"timestamp", "log_append_time_ms", "last_timestamp", "transaction_start_time_ms"}


class Names:
    """Gives what a server made up names in the order of their coming."""

    def __init__(self, *known: tuple[str, str]) -> None:
        """Know some values already, by the names that stand for them."""
        self._given: dict[str, str] = {value: name for name, value in known}
        self._counts: dict[str, int] = {}

    def of(self, kind: str, value: Any) -> Any:
        """Give the name that stands for a value; nothing stands for itself."""
        if value in (None, "", -1) or (isinstance(value, uuid.UUID) and not value.int):
            return value
        text = str(value)
        if text not in self._given:
            number = self._counts.get(kind, 0)
            self._counts[kind] = number + 1
            self._given[text] = f"<{kind} {number}>"
        return self._given[text]


def plain(message: Any, version: int, names: Names) -> Any:
    """Give a message, or a part of one, as dicts and lists of what its version holds."""
    if hasattr(message, "_struct"):
        return {
            name: _field(name, getattr(message, name), version, names)
            for name, field in message._struct.fields.items()
            if field.for_version_q(version) and name not in LEFT_OUT
        }
    if isinstance(message, list):
        return [plain(each, version, names) for each in message]
    if isinstance(message, (bytes, bytearray, memoryview)):
        return bytes(message)
    return message


def _field(name: str, value: Any, version: int, names: Names) -> Any:
    kind = "broker" if name in BROKERS else name
    if name in MADE_UP:
        if isinstance(value, list):
            return [names.of(kind, each) for each in value]
        return names.of(kind, value)
    if name in SOURCES and value in OF_THE_BROKER:
        return "<of the broker>"
    if name in CLOCKS and isinstance(value, int) and value > CLOCKS_FROM:
        return "<now>"
    if name in ORDERLESS and isinstance(value, list):
        return sorted((plain(each, version, names) for each in value), key=repr)
    return plain(value, version, names)
