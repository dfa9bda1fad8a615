"""start, stop, kill, restart: what may happen to a service or an app in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import Kill, Restart, Start, Stop


def start(stage: Stage, step: Start) -> str:
    """Start it, as this scenario has it, and wait until it is ready.

    Raises ServiceFailedError where it runs.
    """
    stage.live.start(step.name, stage.apps.get(step.name))
    return f"{step.name} ready"


def stop(stage: Stage, step: Stop) -> str:
    """Stop it in order."""
    killed = stage.live.stop([step.name])
    return f"{step.name} did not stop in time and was killed" if killed else f"{step.name} stopped"


def kill(stage: Stage, step: Kill) -> str:
    """Kill it at once."""
    stage.live.kill(step.name)
    return f"{step.name} killed"


def restart(stage: Stage, step: Restart) -> str:
    """End it by the signal that the step names, and start it on the data that it left."""
    if step.signal == "KILL":
        stage.live.kill(step.name)
    else:
        stage.live.stop([step.name])
    stage.live.start(step.name, stage.apps.get(step.name))
    return f"{step.name} ready again, after SIG{step.signal}"
