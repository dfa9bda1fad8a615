"""set_clock: set the time that the feature server answers at."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import SetClock

NEWEST = "newest"


def act(stage: Stage, step: SetClock) -> str:
    """Set it to a moment, or to the newest event that any table holds."""
    now = None if step.now == NEWEST else datetime.fromisoformat(step.now)
    stage.live.feature_server().set_clock(now)
    return step.now
