"""Results say whether a scenario did what it declared, and can be written as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.results import ExpectationResult, HopCount, ScenarioResult, StepResult, Verdict

NOON = datetime(2013, 6, 8, 12, tzinfo=UTC)


def claim(name: str, *, held: bool, **more: Any) -> ExpectationResult:
    """Give the result of one claim."""
    return ExpectationResult(id=name, claim=f"{name} holds", held=held, expected="no rows", **more)


def result(verdict: Verdict, *claims: ExpectationResult, **more: Any) -> ScenarioResult:
    """Give the result of a scenario with these claims."""
    return ScenarioResult(
        scenario="a_day",
        variant=None,
        claim="all is well",
        verdict=verdict,
        started_at=NOON,
        duration_s=1.5,
        runtime="embedded",
        expectations=claims,
        **more,
    )


@pytest.mark.parametrize(
    ("verdict", "broken", "must_fail", "as_declared"),
    [
        ("passed", (), (), True),
        ("failed", ("lost",), (), False),
        ("failed", ("lost",), ("lost",), True),
        ("failed", ("lost", "twice"), ("twice", "lost"), True),
        ("failed", ("lost", "twice"), ("lost",), False),
        ("failed", ("twice",), ("lost",), False),
        ("passed", (), ("lost",), False),
        ("error", ("lost",), ("lost",), False),
        ("error", (), (), False),
    ],
)
def test_as_declared_means_exactly_what_must_fail_failed(
    verdict: Verdict, broken: tuple[str, ...], must_fail: tuple[str, ...], *, as_declared: bool
) -> None:
    """A broken twin is as declared when its claims fail, no other does, and nothing went wrong."""
    claims = [claim(name, held=name not in broken) for name in ("lost", "twice")]
    assert result(verdict, *claims, must_fail=must_fail).as_declared is as_declared


def test_a_result_is_written_as_json_and_read_again() -> None:
    """All parts of a result are in its JSON, times as ISO 8601."""
    step = StepResult(step="settle", started_at=NOON, duration_s=0.5, detail="every hop is drained")
    whole = result(
        "failed",
        claim("lost", held=False, columns=("id",), rows=({"id": 7},), violation_count=1),
        steps=(step,),
        hops=(HopCount(name="departures", count=900),),
        must_fail=("lost",),
    )
    read = json.loads(json.dumps(whole.jsonable(), allow_nan=False))
    assert read["started_at"] == "2013-06-08T12:00:00+00:00"
    assert read["steps"][0]["detail"] == "every hop is drained"
    assert read["expectations"][0]["rows"] == [{"id": 7}]
    assert read["hops"] == [{"name": "departures", "count": 900}]
    assert read["as_declared"] is True


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        (None, None),
        (True, True),
        (2**70, 2**70),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("0.10"), "0.10"),
        (b"key\xff", "key\\xff"),
        (date(2013, 6, 8), "2013-06-08"),
        (time(14, 30), "14:30:00"),
        (timedelta(hours=6), "6:00:00"),
        ([1, (2, NOON)], [1, [2, "2013-06-08T12:00:00+00:00"]]),
        ({1: {"a": b"x"}}, {"1": {"a": "x"}}),
    ],
)
def test_whatever_sql_answers_can_be_written_as_json(answer: Any, written: Any) -> None:
    """Every type that a query may answer has a form that JSON can hold."""
    whole = result("failed", claim("value", held=False, seen=answer))
    read = json.loads(json.dumps(whole.jsonable(), allow_nan=False))
    assert read["expectations"][0]["seen"] == written
