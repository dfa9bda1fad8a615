"""Play a scenario: given, steps, settle, expectations; and say what happened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sandbox.clock import utc_now
from sandbox.errors import EXPECTATION_FAILED, SandboxError, ScenarioError
from sandbox.expectations import count_hop, judge
from sandbox.fixtures.tables import tables_of
from sandbox.replay import act
from sandbox.replay.differences import prevented, touched
from sandbox.replay.settle import settle
from sandbox.replay.stage import Stage
from sandbox.results import ScenarioResult
from sandbox.scenario.variant import apps_of, find_variant
from sandbox.session.reset import forget_others, reset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.results import ExpectationResult, HopCount, StepResult
    from sandbox.runtime.runtime import Progress
    from sandbox.scenario.definition import Scenario
    from sandbox.services.live import Live
    from sandbox.services.sql import Rows


def replay(live: Live, scenario: Scenario, variant: str | None, say: Progress) -> ScenarioResult:
    """Play `scenario` (or its `variant`) on a sandbox that is up.

    The sandbox is reset first and left as the scenario ended, so that one may look at it. What goes
    wrong on the way is an error in the result; it is not raised. One that this runtime cannot play
    is skipped, and nothing is touched. Raises UsageError where the reset would change what others
    use, and that was not allowed.
    """
    started_at = utc_now()
    runtime = live.runtime.record.runtime
    why_not = prevented(scenario, live.config, runtime, live.external)
    if why_not:
        return ScenarioResult(
            scenario=scenario.name,
            variant=variant,
            claim=find_variant(scenario, variant).claim,
            verdict="skipped",
            started_at=started_at,
            duration_s=0.0,
            runtime=runtime,
            warnings=why_not,
        )
    live.check_may_change("the reset before a replay")
    began = time.monotonic()
    chosen = find_variant(scenario, variant)
    played: list[StepResult] = []
    judged: tuple[ExpectationResult, ...] = ()
    hops: tuple[HopCount, ...] = ()
    kept: dict[str, Rows] = {}
    problem: SandboxError | None = None
    try:
        stage = _prepare(live, scenario, variant, kept, say)
        for step in scenario.steps:
            played.append(act(stage, step))  # noqa: PERF401 - those before a failed one count
        live.lift_faults()
        settle(live, scenario.settle_within)
        judged, hops = _judge(stage)
    except SandboxError as error:
        problem = error
    failed = any(not each.held for each in judged)
    broken = problem or next((each.error for each in judged if each.error), None)
    return ScenarioResult(
        scenario=scenario.name,
        variant=variant,
        claim=chosen.claim,
        verdict="error" if broken else "failed" if failed else "passed",
        steps=tuple(played),
        expectations=judged,
        hops=hops,
        must_fail=chosen.must_fail,
        started_at=started_at,
        duration_s=time.monotonic() - began,
        runtime=runtime,
        kept={name: rows.as_dicts() for name, rows in kept.items()},
        error=str(broken) if broken else None,
        warnings=touched(scenario, live.config, runtime, live.external),
        exit_code=_exit_code(problem, judged),
    )


def _exit_code(problem: SandboxError | None, judged: Sequence[ExpectationResult]) -> int:
    """Give the exit code: an expectation whose query cannot run makes the scenario invalid."""
    if problem:
        return problem.exit_code
    if any(each.error for each in judged):
        return ScenarioError.exit_code
    return 0 if all(each.held for each in judged) else EXPECTATION_FAILED


def _prepare(
    live: Live, scenario: Scenario, variant: str | None, kept: dict[str, Rows], say: Progress
) -> Stage:
    """Reset the sandbox to what the scenario is given."""
    given = scenario.given
    apps = apps_of(scenario, find_variant(scenario, variant), live.config)
    say("reset")
    reset(live, apps, say)
    forget_others(live, apps)
    if given.clock is not None:
        live.feature_server().set_clock(given.clock)
    fixtures = tables_of(live.config, given.fixture) if given.fixture else {}
    return Stage(
        live=live,
        scenario=scenario,
        variant=variant,
        apps=apps,
        fixtures=fixtures,
        say=say,
        kept=kept,
    )


def _judge(stage: Stage) -> tuple[tuple[ExpectationResult, ...], tuple[HopCount, ...]]:
    """Judge every claim on one snapshot, and count the hops."""
    with stage.live.snapshot(stage.fixtures) as snapshot:
        judged = tuple(judge(snapshot, each) for each in stage.scenario.expect)
        hops = tuple(count_hop(snapshot, each) for each in stage.scenario.hops)
    for each in judged:
        stage.record("expectation", {"id": each.id, "held": each.held})
    return judged, hops
