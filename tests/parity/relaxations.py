"""Where the embedded stream may differ from Apache Kafka: field by field, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Fields of an API's answers that are not compared, wherever they stand, and why."""

    api: str
    fields: tuple[str, ...]
    why: str


RELAXED: tuple[Relaxation, ...] = (
    Relaxation(
        "ApiVersions",
        ("api_keys", "supported_features", "finalized_features", "finalized_features_epoch"),
        "each lists what it offers: ours is the table above, and has no features",
    ),
    Relaxation(
        "ConsumerGroupHeartbeat",
        ("assignment",),
        "Kafka may assign a moment after a member has joined; the stories wait for it",
    ),
    Relaxation(
        "DescribeQuorum",
        (
            "high_watermark",
            "log_end_offset",
            "replica_directory_id",
            "last_fetch_timestamp",
            "last_caught_up_timestamp",
            "listeners",
        ),
        "ours has no log of metadata and no controller apart: it counts facts in its journal",
    ),
)


def relax(api: str, answer: Any) -> Any:
    """Leave out of an answer what is not compared."""
    fields = {name for each in RELAXED if each.api == api for name in each.fields}
    return _without(answer, fields)


def _without(value: Any, fields: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(each, fields) for name, each in value.items() if name not in fields}
    if isinstance(value, list):
        return [_without(each, fields) for each in value]
    return value
