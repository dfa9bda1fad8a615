"""Act the steps of a scenario; ACTIONS says who acts which."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sandbox.clock import utc_now
from sandbox.document.place import dotted
from sandbox.errors import SandboxError, ScenarioError, UsageError, Where
from sandbox.replay import call_model, clock, faults, objects, processes, produce, run_sql, settle
from sandbox.results import StepResult
from sandbox.scenario import steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.replay.stage import Stage

# What each step does: it acts on the stage, and says in a few words what came of it.
ACTIONS: Mapping[type[steps.Step], Callable[[Stage, Any], str]] = {
    steps.Produce: produce.act,
    steps.PutObject: objects.act,
    steps.CallModel: call_model.act,
    steps.RunSql: run_sql.act,
    steps.Start: processes.start,
    steps.Stop: processes.stop,
    steps.Kill: processes.kill,
    steps.Restart: processes.restart,
    steps.SetClock: clock.act,
    steps.Settle: settle.act,
    steps.FailRequests: faults.fail_requests,
    steps.Outage: faults.outage,
    steps.Rebalance: faults.rebalance,
    steps.ExpireSessions: faults.expire_sessions,
    steps.LiftFaults: faults.lift_faults,
}


def act(stage: Stage, step: steps.Step) -> StepResult:
    """Act one step, and record it among the events, also where it fails.

    The SandboxError of one that fails names its place in the scenario; SQL of the step's that
    cannot run is a ScenarioError.
    """
    verb = next(name for name, kind in steps.STEPS.items() if isinstance(step, kind))
    stage.say(verb)
    started_at = utc_now()
    began = time.monotonic()
    detail = _attempt(stage, step, verb)
    stage.record(verb, detail)
    return StepResult(
        step=verb, started_at=started_at, duration_s=time.monotonic() - began, detail=detail
    )


def _attempt(stage: Stage, step: steps.Step, verb: str) -> str:
    where = _where(stage, step, verb)
    try:
        return ACTIONS[type(step)](stage, step)
    except UsageError as error:
        stage.record(verb, f"failed: {error.message}")
        raise ScenarioError(error.message, where=where, hint=error.hint) from error
    except SandboxError as error:
        stage.record(verb, f"failed: {error.message}")
        error.where = error.where or where
        raise


def _where(stage: Stage, step: steps.Step, verb: str) -> Where:
    at = next(at for at, each in enumerate(stage.scenario.steps) if each is step)
    return Where(stage.scenario.path, key=dotted(("steps", at, verb)))
