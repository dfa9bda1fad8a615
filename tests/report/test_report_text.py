"""A result, told to people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.report.text import text
from sandbox.results import HopCount

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.results import ExpectationResult, ScenarioResult

    Result = Callable[..., ScenarioResult]
    Claim = Callable[..., ExpectationResult]


def test_a_replay_that_passed_is_short(a_result: Result, a_claim: Claim) -> None:
    """What held takes a line a claim, with the hops before and the verdict after."""
    hops = (HopCount(name="orders", count=3), HopCount(name="copied", count=3))
    assert text(a_result(a_claim("once"), a_claim("soon"), hops=hops)) == (
        "a_day: every order is copied once\n"
        "\n"
        "  hops       orders 3 → copied 3\n"
        "\n"
        "  ✓ once: once is true\n"
        "  ✓ soon: soon is true\n"
        "\n"
        "PASSED  a_day: 2 of 2 claims held, 1.2 s"
    )


def test_violations_are_shown_under_their_claim(a_result: Result, a_broken_claim: Claim) -> None:
    """The first rows that broke a claim stand under it, and how many more there are."""
    rows = [{"item": f"item {n}", "copies": n} for n in range(6)]
    said = text(a_result(a_broken_claim(*rows, count=17)))
    assert "  ✗ once: once is true\n      17 violations:\n      item    copies\n" in said
    assert "      item 4       4\n      … and 12 more\n" in said
    assert "item 5" not in said
    assert said.endswith("FAILED  a_day: 0 of 1 claims held, 1.2 s")


def test_one_violation_is_one(a_result: Result, a_broken_claim: Claim) -> None:
    """A single violation is said in the singular, and there are no more."""
    said = text(a_result(a_broken_claim({"item": "pen"})))
    assert "      1 violation:\n" in said
    assert "more" not in said


def test_a_value_is_shown_beside_what_was_expected(a_result: Result, a_claim: Claim) -> None:
    """A value that is not as expected stands beside that; NULL is named."""
    for seen, shown in [(7, "7"), (None, "NULL"), ("no object matches " + "a" * 60, "a" * 60)]:
        said = text(a_result(a_claim(held=False, expected="below 5", seen=seen)))
        assert f"{shown}, expected below 5" in said


def test_an_error_of_a_claim_is_indented(a_result: Result, a_claim: Claim) -> None:
    """The words of a query that cannot run stand under its claim, each line indented."""
    broken = a_claim(held=False, error="SQL: Binder Error\nLINE 1: SELECT x")
    said = text(a_result(broken, a_claim("other"), error="SQL: Binder Error\nLINE 1: SELECT x"))
    assert "  ✗ once: once is true\n      SQL: Binder Error\n      LINE 1: SELECT x\n" in said
    assert said.count("Binder Error") == 1
    assert said.endswith("ERROR  a_day: 1 of 2 claims held, 1.2 s")


def test_an_error_on_the_way_is_told(a_result: Result) -> None:
    """Where no claim was judged, what went wrong is told, and the verdict is error."""
    said = text(a_result(error="copier died:\n  | Traceback"))
    assert "  error: copier died:\n    | Traceback\n" in said
    assert said.endswith("ERROR  a_day: 0 of 0 claims held, 1.2 s")


def test_a_variant_is_named_and_says_whether_it_broke_as_declared(
    a_result: Result, a_claim: Claim
) -> None:
    """A broken twin says what it is made to fail on, and whether it does that and nothing else."""
    broken = a_claim("once", held=False, expected="equals 0", seen=1)
    good = text(a_result(broken, variant="short_key", must_fail=("once",)))
    assert "FAILED  a_day (short_key): 0 of 1 claims held" in good
    assert good.endswith("made to fail on once: it does, and nothing else")
    bad = text(a_result(a_claim("once"), variant="short_key", must_fail=("once",)))
    assert bad.endswith("made to fail on once: it does not so")


def test_what_cannot_be_played_says_why(a_result: Result) -> None:
    """A scenario that was skipped says so, and why, and counts no claims."""
    said = text(replace(a_result(warnings=("it takes no faults",)), verdict="skipped"))
    assert "  note: in this runtime, it takes no faults\n" in said
    assert said.endswith("SKIPPED  a_day: it cannot be played in this runtime")
