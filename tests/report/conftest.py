"""Results as replays give them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.results import ExpectationResult, ScenarioResult

if TYPE_CHECKING:
    from collections.abc import Callable


def make_result(*expectations: ExpectationResult, **more: Any) -> ScenarioResult:
    """Give the result of one replay."""
    failed = any(not each.held for each in expectations)
    known: dict[str, Any] = {
        "scenario": "a_day",
        "variant": None,
        "claim": "every order is copied once",
        "verdict": "error" if more.get("error") else "failed" if failed else "passed",
        "started_at": datetime(2013, 6, 8, 12, tzinfo=UTC),
        "duration_s": 1.25,
        "runtime": "embedded",
        "expectations": expectations,
    }
    return ScenarioResult(**{**known, **more})


def make_claim(name: str = "once", **more: Any) -> ExpectationResult:
    """Give the result of one claim, which held unless said."""
    known: dict[str, Any] = {"claim": f"{name} is true", "held": True, "expected": "no rows"}
    return ExpectationResult(id=name, **{**known, **more})


def make_broken(*rows: dict[str, Any], count: int | None = None) -> ExpectationResult:
    """Give a claim that these violations broke."""
    return make_claim(
        held=False,
        columns=tuple(rows[0]),
        rows=rows,
        violation_count=len(rows) if count is None else count,
    )


@pytest.fixture
def a_result() -> Callable[..., ScenarioResult]:
    """Give the maker of results."""
    return make_result


@pytest.fixture
def a_claim() -> Callable[..., ExpectationResult]:
    """Give the maker of claims."""
    return make_claim


@pytest.fixture
def a_broken_claim() -> Callable[..., ExpectationResult]:
    """Give the maker of claims that violations broke."""
    return make_broken
