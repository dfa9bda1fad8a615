"""Act the steps of a scenario; ACTIONS says who acts which."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sandbox.clock import utc_now
from sandbox.replay import call_model, clock, objects, processes, produce, run_sql, settle
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
}


def act(stage: Stage, step: steps.Step) -> StepResult:
    """Act one step, and record it among the events."""
    verb = next(name for name, kind in steps.STEPS.items() if isinstance(step, kind))
    stage.say(verb)
    started_at = utc_now()
    began = time.monotonic()
    detail = ACTIONS[type(step)](stage, step)
    stage.record(verb, detail)
    return StepResult(
        step=verb, started_at=started_at, duration_s=time.monotonic() - began, detail=detail
    )
