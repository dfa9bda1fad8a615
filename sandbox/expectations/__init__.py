"""Judge the claims of a scenario against a snapshot of everything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.errors import NothingToReadError, ScenarioError, UsageError
from sandbox.expectations.ask import ask
from sandbox.expectations.compare import expected, holds
from sandbox.results import ExpectationResult, HopCount

if TYPE_CHECKING:
    from sandbox.scenario.definition import Expectation, Hop
    from sandbox.services.snapshot import Snapshot

# Violations that a report shows; all are counted.
VIOLATIONS_KEPT = 20


def judge(snapshot: Snapshot, expectation: Expectation) -> ExpectationResult:
    """Tell whether one claim held; a query that cannot run is an error, never a pass.

    A claim about objects of which there are none has not held.
    """
    return replace(_judge(snapshot, expectation), hop=expectation.hop)


def _judge(snapshot: Snapshot, expectation: Expectation) -> ExpectationResult:
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
    found = ask(snapshot, expectation.violations or "")
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
    found = ask(snapshot, expectation.value or "")
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


def count_hop(snapshot: Snapshot, hop: Hop) -> HopCount:
    """Count what arrived at one hop, 0 where it reads objects and there are none.

    Raises ScenarioError where its query cannot run or gives no whole number.
    """
    try:
        found = ask(snapshot, hop.count)
    except NothingToReadError:
        return HopCount(name=hop.name, count=0)
    except UsageError as error:
        raise ScenarioError(f"hop {hop.name!r}: {error.message}", hint=error.hint) from error
    match found.rows:
        case ((int(count),),) if not isinstance(count, bool):
            return HopCount(name=hop.name, count=count)
    raise ScenarioError(f"hop {hop.name!r}: its query must give one whole number")
