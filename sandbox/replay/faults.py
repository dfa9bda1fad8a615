"""fail_requests, outage, rebalance, expire_sessions, lift_faults: wrongs of the stream's own."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sandbox.errors import ServiceFailedError

if TYPE_CHECKING:
    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import (
        ExpireSessions,
        FailRequests,
        LiftFaults,
        Outage,
        Rebalance,
    )


def fail_requests(stage: Stage, step: FailRequests) -> str:
    """Put a rule in force: the next requests of an API go wrong."""
    stage.live.stream_control().add_rule({**asdict(step), "seconds": step.seconds or 0})
    which = "every" if step.times is None else f"the next {step.times}"
    return f"{which} {step.api or 'request'}: {step.error or step.action}"


def outage(stage: Stage, step: Outage) -> str:
    """Let the stream be away."""
    stage.live.stream_control().begin_outage(step.lasting)
    return "the stream is away" + ("" if step.lasting is None else f" for {step.lasting:g} s")


def rebalance(stage: Stage, step: Rebalance) -> str:
    """Have a group's members join anew; raises ServiceFailedError where nobody is in it."""
    if not stage.live.stream_control().rebalance(step.group):
        raise ServiceFailedError(
            f"group {step.group!r} has no members that could rebalance",
            hint="settle first, so that whoever reads in it has joined",
        )
    return f"{step.group} rebalances"


def expire_sessions(stage: Stage, step: ExpireSessions) -> str:
    """Put one member or all out of a group, as if they had been silent for too long."""
    control = stage.live.stream_control()
    ended = control.expire_sessions(
        group=step.group, member=step.member, everybody=step.member is None
    )
    if not ended:
        who = "nobody" if step.member is None else f"no member {step.member!r}"
        raise ServiceFailedError(f"there is {who} in group {step.group!r} to put out")
    return f"{len(ended)} put out of {step.group}"


def lift_faults(stage: Stage, step: LiftFaults) -> str:
    """Let the stream be well again."""
    del step
    stage.live.stream_control().lift()
    return "all is well again"
