"""What a topic's settings mean for its logs, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.settings import setting

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Sizes in bytes, times in milliseconds; -1 is without limit. The defaults are a topic's."""

    segment_bytes: int = 1 << 30
    segment_ms: int = 604_800_000
    retention_bytes: int = -1
    retention_ms: int = -1
    largest_message: int = 1_048_588
    stamps: bool = False
    deletes: bool = True
    compacts: bool = False
    compaction_lag: int = 0
    longest_compaction_lag: int = (1 << 63) - 1
    keep_tombstones: int = 86_400_000
    dirty_ratio: float = 0.5


def read_settings(config: Mapping[str, str]) -> LogSettings:
    """Read the settings of a topic whose own are `config`; they were checked when they were set."""
    policies = {part.strip() for part in setting(config, "cleanup.policy").split(",")}

    def number(name: str) -> int:
        return int(setting(config, name))

    return LogSettings(
        segment_bytes=number("segment.bytes"),
        segment_ms=number("segment.ms"),
        retention_bytes=number("retention.bytes"),
        retention_ms=number("retention.ms"),
        largest_message=number("max.message.bytes"),
        stamps=setting(config, "message.timestamp.type") == "LogAppendTime",
        deletes="delete" in policies,
        compacts="compact" in policies,
        compaction_lag=number("min.compaction.lag.ms"),
        longest_compaction_lag=number("max.compaction.lag.ms"),
        keep_tombstones=number("delete.retention.ms"),
        dirty_ratio=float(setting(config, "min.cleanable.dirty.ratio")),
    )
