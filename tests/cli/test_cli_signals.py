"""Ctrl-C and `kill` during `up`: at whatever moment, nothing is left."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
from cli_project import TINY, refuses

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli_project import Project

# An app that is never ready, so that there is a last moment to end `up` at.
SLOW_APP = """
[apps.slow]
command = "sh -c 'sleep 1000 & sleep 1000'"
ready = { log = "^ready" }
"""


def recorded(project: Project) -> dict[str, Any]:
    """Give the processes that the state file names so far."""
    try:
        found = json.loads((project.state / "state.json").read_text())["processes"]
    except FileNotFoundError:
        return {}
    return dict(found)


def said(words: str) -> Callable[[Project], bool]:
    """Wait for words on stderr."""
    return lambda project: words in project.err.read_text()


MOMENTS: dict[str, Callable[[Project], bool]] = {
    "the lock is there": lambda project: (project.state / "lock").exists(),
    "the state is there": lambda project: (project.state / "state.json").exists(),
    "one process is recorded": lambda project: len(recorded(project)) > 0,
    "three are": lambda project: len(recorded(project)) > 2,
    "one is ready": said("ready"),
    "all are ready": lambda project: project.err.read_text().count("ready") == 4,
    "it is seeded": said("seeded"),
    "an app starts": lambda project: "slow" in recorded(project),
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_is_left(project: Project, moment: str, number: signal.Signals) -> None:
    """`up` that is told to end does so at once, with the signal's code, and ends what it started."""
    project.write(TINY + SLOW_APP)
    begun = project.begin("up")
    wait_until(lambda: MOMENTS[moment](project), within=30, waiting_for=moment)
    begun.send_signal(number)

    assert begun.wait(15) == 128 + number
    assert project.left() == []
    words = project.err.read_text()
    assert "Traceback" not in words
    assert ("interrupted" in words) == (number == signal.SIGINT)
    refuses(project.run("env"), 3, "is not up")


def test_an_impatient_user(project: Project) -> None:
    """Ctrl-C again and again does not keep `up` from ending what it started."""
    # The app takes a moment to stop.
    stubborn = "trap 'sleep 0.5; exit' TERM; echo up; while :; do sleep 0.1; done"
    project.write(TINY + f'[apps.slow]\ncommand = ["sh", "-c", "{stubborn}"]\nready.log = "^r"\n')
    begun = project.begin("up")
    log = project.state / "logs" / "slow.log"
    wait_until(lambda: log.exists() and log.read_text(), within=30, waiting_for="the app")
    for _ in range(3):
        begun.send_signal(signal.SIGINT)
    assert begun.wait(15) == 130
    assert project.left() == []


def test_a_signal_while_it_waits_for_another(project: Project) -> None:
    """Who waits for another command can be ended; the other one is not disturbed."""
    project.write(TINY + SLOW_APP)
    first = project.begin("up")
    wait_until(lambda: MOMENTS["it is seeded"](project), within=30, waiting_for="seeded")
    second = project.begin("reset")
    words = "waiting for sandbox up"
    assert second.wait(15) == 3, "nothing is up yet, so there is nothing to reset"
    second = project.begin("down")
    wait_until(lambda: said(words)(project), within=30, waiting_for="it to wait")
    second.send_signal(signal.SIGTERM)
    assert second.wait(15) == 143
    assert "slow" in recorded(project)
    first.send_signal(signal.SIGTERM)
    assert first.wait(15) == 143
    assert project.left() == []


def test_the_terminal_that_closes(project: Project) -> None:
    """SIGHUP ends `up` as SIGTERM does: nothing is left."""
    project.write(TINY + SLOW_APP)
    begun = project.begin("up")
    wait_until(lambda: "slow" in recorded(project), within=30, waiting_for="the app")
    begun.send_signal(signal.SIGHUP)
    assert begun.wait(15) == 129
    assert project.left() == []


def test_up_again_after_ctrl_c(project: Project) -> None:
    """A start that was ended leaves nothing in the way of the next."""
    project.write(TINY + SLOW_APP)
    begun = project.begin("up")
    wait_until(lambda: "slow" in recorded(project), within=30, waiting_for="the app")
    begun.send_signal(signal.SIGINT)
    assert begun.wait(15) == 130
    project.write(TINY)
    assert "interrupted" not in project.run("up").stderr
    assert len(project.left()) == 4
