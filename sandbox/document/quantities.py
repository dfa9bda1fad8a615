"""Durations and paces, as people write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Self

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
PACE = re.compile(r"(\d+(?:\.\d+)?)\s*(/s|x)")


class Duration(float):
    """Seconds, never negative; written `250ms`, `30s`, `5m`, `6h`, `2d`, or as a number."""

    __slots__ = ()

    def __new__(cls, seconds: float) -> Self:
        """Make one; raises ValueError where it is below zero or endless."""
        if not 0 <= seconds < math.inf:
            raise ValueError(f"a duration is zero or more seconds, not {seconds:g}")
        return super().__new__(cls, seconds)

    @classmethod
    def parse(cls, written: object) -> Self:
        """Read one; raises ValueError, saying how it is written."""
        if isinstance(written, int | float) and not isinstance(written, bool):
            return cls(written)
        found = DURATION.fullmatch(written.strip()) if isinstance(written, str) else None
        if found is None:
            raise ValueError("a duration is written like 250ms, 30s, 5m, 6h or 2d")
        return cls(float(found[1]) * UNITS[found[2]])


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast records are written: flat out, so many a second, or original time so much faster."""

    per_second: float | None = None
    speed: float | None = None

    @classmethod
    def parse(cls, written: object) -> Self:
        """Read `flat out`, `200/s` or `3600x`; raises ValueError, saying how it is written."""
        if written == "flat out":
            return cls()
        found = PACE.fullmatch(written.strip()) if isinstance(written, str) else None
        if found is None or float(found[1]) == 0:
            raise ValueError("a pace is written like `flat out`, `200/s` or `3600x`")
        amount = float(found[1])
        return cls(per_second=amount) if found[2] == "/s" else cls(speed=amount)
