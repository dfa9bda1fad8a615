"""What happened, as frozen data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from types import NoneType
from typing import Any, Literal

Verdict = Literal["passed", "failed", "error", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step that was acted, and in a few words what came of it."""

    step: str
    started_at: datetime
    duration_s: float
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationResult:
    """One claim that was judged.

    `rows` are the first violations, of `violation_count`; `seen` is the value of a claim about one.
    A claim whose query could not run has not held, and `error` says why.
    `hop` is the crossing that it watches.
    """

    id: str
    claim: str
    held: bool
    expected: str
    columns: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    violation_count: int | None = None
    seen: Any = None
    hop: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HopCount:
    """How many arrived at one hop."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """One replay: `passed` when all claims held, `error` when it could not be played or judged.

    `skipped` when this runtime cannot play it at all, which `warnings` explain: nothing was touched.
    """

    scenario: str
    variant: str | None
    claim: str
    verdict: Verdict
    started_at: datetime
    duration_s: float
    runtime: str
    steps: tuple[StepResult, ...] = ()
    expectations: tuple[ExpectationResult, ...] = ()
    hops: tuple[HopCount, ...] = ()
    must_fail: tuple[str, ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    warnings: tuple[str, ...] = ()
    exit_code: int = 0

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the claims that did not hold."""
        return tuple(each.id for each in self.expectations if not each.held)

    @property
    def as_declared(self) -> bool:
        """Tell whether exactly those claims failed that the variant says must fail."""
        if self.verdict == "skipped":
            return True
        return self.verdict != "error" and set(self.failed) == set(self.must_fail)

    def jsonable(self) -> dict[str, Any]:
        """Give all of it as JSON can hold it."""
        found: dict[str, Any] = _plain(asdict(self))
        return {**found, "as_declared": self.as_declared}


def _plain(value: Any) -> Any:
    """Make what SQL may answer into what JSON can hold; what has no form there becomes text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(each) for each in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    in_json = isinstance(value, str | int | NoneType) or _is_finite(value)
    return value if in_json else str(value)


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)
