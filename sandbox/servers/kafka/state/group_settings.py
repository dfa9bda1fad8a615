"""Settings of single groups (KIP-848), in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.servers.kafka.state.journal import Journal

GROUP_SETTINGS = "group-settings:"
DEFAULTS: Mapping[str, str] = {
    "consumer.heartbeat.interval.ms": "5000",
    "consumer.session.timeout.ms": "45000",
}
# group.consumer.min/max.* of the broker, Kafka's defaults, in milliseconds.
LIMITS: Mapping[str, tuple[int, int]] = {
    "consumer.heartbeat.interval.ms": (5_000, 15_000),
    "consumer.session.timeout.ms": (45_000, 60_000),
}


class GroupSettings:
    """Settings by group."""

    def __init__(self, journal: Journal) -> None:
        """Read what the journal knows."""
        self._journal = journal
        self.by_group: dict[str, dict[str, str]] = journal.under(GROUP_SETTINGS)

    def of(self, group: str) -> dict[str, str]:
        """Give all settings of a group, defaults and its own."""
        return {**DEFAULTS, **self.by_group.get(group, {})}

    def configure(self, group: str, config: Mapping[str, str]) -> None:
        """Replace the settings of a group."""
        self._journal.put((GROUP_SETTINGS + group, dict(config) or None))
        self.by_group[group] = dict(config)


def problem_with(config: Mapping[str, str]) -> str | None:
    """Say what is wrong with the first setting that is wrong; None if all hold."""
    for name, value in config.items():
        if name not in DEFAULTS:
            return f"Unknown group config name: {name}"
        least, most = LIMITS[name]
        if not value.isdecimal() or not least <= int(value) <= most:
            return f"Invalid value {value} for configuration {name}: between {least} and {most}"
    return None
