"""Moments as microseconds since 1970, UTC: how they are read and how they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def from_iso(text: str) -> int:
    """Read ISO 8601; a moment without a zone is taken as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // MICROSECOND


@lru_cache(maxsize=65_536)
def to_iso(microseconds: int) -> str:
    """Write a moment as Protocol Buffers' JSON does: UTC, a `Z`, and 0, 3 or 6 decimals."""
    moment = EPOCH + timedelta(microseconds=microseconds)
    if not microseconds % 1_000_000:
        timespec = "seconds"
    elif not microseconds % 1_000:
        timespec = "milliseconds"
    else:
        timespec = "microseconds"
    return moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
