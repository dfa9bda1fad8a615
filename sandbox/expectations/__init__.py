"""Judge the claims of a scenario against a snapshot of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.errors import NothingToReadError, UsageError
from sandbox.results import ExpectationResult, HopCount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.scenario.definition import Expectation, Hop
    from sandbox.services.snapshot import Snapshot

# Violations that a report shows; all are counted.
VIOLATIONS_KEPT = 20


def judge(snapshot: Snapshot, expectation: Expectation) -> ExpectationResult:
    """Tell whether one claim held; a query that cannot run is an error, never a pass.

    A claim about objects of which there are none has not held.
    """
    try:
        if expectation.violations is not None:
            return _judge_violations(snapshot, expectation)
        return _judge_value(snapshot, expectation)
    except NothingToReadError as error:
        return _not_held(expectation, seen=error.message)
    except UsageError as error:
        return _not_held(expectation, error=str(error))


def _not_held(
    expectation: Expectation, *, seen: object = None, error: str | None = None
) -> ExpectationResult:
    return ExpectationResult(
        id=expectation.id,
        claim=expectation.claim,
        held=False,
        expected=expected(expectation),
        seen=seen,
        error=error,
    )


def _judge_violations(snapshot: Snapshot, expectation: Expectation) -> ExpectationResult:
    found = snapshot.query(expectation.violations or "")
    return ExpectationResult(
        id=expectation.id,
        claim=expectation.claim,
        held=not found.rows,
        expected=expected(expectation),
        columns=found.columns,
        rows=tuple(found.as_dicts()[:VIOLATIONS_KEPT]),
        violation_count=len(found.rows),
    )


def _judge_value(snapshot: Snapshot, expectation: Expectation) -> ExpectationResult:
    found = snapshot.query(expectation.value or "")
    if len(found.rows) != 1 or len(found.columns) != 1:
        raise UsageError(
            f"a value is one row of one column, this query gives {len(found.rows)} rows"
            f" of {len(found.columns)}"
        )
    seen = found.rows[0][0]
    return ExpectationResult(
        id=expectation.id,
        claim=expectation.claim,
        held=holds(expectation, seen),
        expected=expected(expectation),
        seen=seen,
    )


# How a value is compared, by the key that the scenario writes. NULL satisfies none of them.
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda seen, wanted: bool(seen == wanted),
    "below": lambda seen, wanted: bool(seen < wanted),
    "above": lambda seen, wanted: bool(seen > wanted),
    "between": lambda seen, wanted: bool(wanted[0] <= seen <= wanted[1]),
}


def comparison(expectation: Expectation) -> tuple[str, Any]:
    """Give the comparison that an expectation makes, and with what."""
    for name in COMPARISONS:
        wanted = getattr(expectation, name)
        if wanted is not None:
            return name, wanted
    raise UsageError(f"expectation {expectation.id!r} compares its value with nothing")


def holds(expectation: Expectation, seen: Any) -> bool:
    """Tell whether the value is what the expectation says."""
    name, wanted = comparison(expectation)
    try:
        return seen is not None and COMPARISONS[name](seen, wanted)
    except TypeError as error:
        raise UsageError(f"{seen!r} cannot be compared with {wanted!r}") from error


def expected(expectation: Expectation) -> str:
    """Say in words what was expected."""
    if expectation.violations is not None:
        return "no rows"
    name, wanted = comparison(expectation)
    if name == "between":
        return f"between {wanted[0]} and {wanted[1]}"
    return f"{name} {wanted}"


def count_hop(snapshot: Snapshot, hop: Hop) -> HopCount:
    """Count what arrived at one hop; raises UsageError where its query gives no number."""
    try:
        found = snapshot.query(hop.count)
    except NothingToReadError:
        return HopCount(name=hop.name, count=0)
    match found.rows:
        case ((int(count),),):
            return HopCount(name=hop.name, count=count)
    raise UsageError(f"hop {hop.name!r}: its query must give one whole number")
