"""Requests that wait: woken, timed out, forgotten; one that fails ends alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.servers.kafka.outcome import Outcome, Park, Reply, Sever
from sandbox.servers.kafka.parked import Parked

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Timers that a test lets run out."""

    def __init__(self) -> None:
        """Have none."""
        self.timers: list[Clock.Timer] = []

    class Timer:
        """One timer."""

        def __init__(self, call: Callable[[], None]) -> None:
            """Wait."""
            self.call = call
            self.cancelled = False

        def cancel(self) -> None:
            """Do not happen."""
            self.cancelled = True

    def call_later(self, seconds: float, function: Callable[..., None], *arguments: Any) -> Timer:
        """Make a timer."""
        self.timers.append(Clock.Timer(lambda: function(*arguments)))
        return self.timers[-1]

    def run_out(self) -> None:
        """Let every timer that was not cancelled happen."""
        for timer in self.timers:
            if not timer.cancelled:
                timer.call()


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def parked(clock: Clock) -> Parked:
    """Give the waiting room."""
    return Parked(clock.call_later)


@pytest.fixture
def answers() -> list[Outcome]:
    """Give what collects the answers."""
    return []


def waits_for(*outcomes: Outcome | Exception, key: str = "k", seconds: float | None = 1) -> Park:
    """Park with what `again` answers, one after the other; after those, "over" or waiting on."""
    left = list(outcomes)

    def again(over: bool) -> Outcome:  # noqa: FBT001 - as Park has it
        if left:
            outcome = left.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        return Reply("over") if over else park

    park = Park((key,), seconds, again)
    return park


def test_a_key_wakes_who_waits_for_it(parked: Parked, answers: list[Outcome]) -> None:
    """Who is woken answers; who still lacks something waits on; others are not asked."""
    parked.add(waits_for(Reply(1)), answers.append)
    parked.add(waits_for(), answers.append)
    parked.add(waits_for(Reply(3), key="other"), answers.append)
    parked.wake("k")
    assert answers == []
    parked.ask()
    assert answers == [Reply(1)]
    assert parked.holds("k")


def test_who_came_first_is_answered_first(parked: Parked, answers: list[Outcome]) -> None:
    """The order is that of arrival."""
    for number in range(20):
        parked.add(waits_for(Reply(number)), answers.append)
    parked.wake("k")
    parked.ask()
    assert answers == [Reply(number) for number in range(20)]


def test_time_runs_out(parked: Parked, clock: Clock, answers: list[Outcome]) -> None:
    """A request whose time is over is asked for the last time, and no longer waits."""
    parked.add(waits_for(), answers.append)
    clock.run_out()
    assert answers == [Reply("over")]
    assert not parked.holds("k")


def test_an_answer_stops_the_clock(parked: Parked, clock: Clock, answers: list[Outcome]) -> None:
    """Nobody is answered twice."""
    parked.add(waits_for(Reply(1)), answers.append)
    parked.wake("k")
    parked.ask()
    clock.run_out()
    assert answers == [Reply(1)]


def test_who_is_forgotten_is_not_answered(
    parked: Parked, clock: Clock, answers: list[Outcome]
) -> None:
    """A connection that closed waits for nothing, even if it was woken already."""
    waiting = parked.add(waits_for(Reply(1)), answers.append)
    parked.wake("k")
    parked.forget(waiting)
    parked.ask()
    clock.run_out()
    assert answers == []


def test_one_answer_may_wake_another(parked: Parked, answers: list[Outcome]) -> None:
    """What is woken while answers are given is asked in the same go."""

    def finish(outcome: Outcome) -> None:
        answers.append(outcome)
        parked.wake("other")
        parked.ask()

    parked.add(waits_for(Reply(2), key="other"), answers.append)
    parked.add(waits_for(Reply(1)), finish)
    parked.wake("k")
    parked.ask()
    assert answers == [Reply(1), Reply(2)]


def test_a_request_that_fails_ends_alone(
    parked: Parked, answers: list[Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own connection is closed, the error is said, and the next in line is answered."""
    parked.add(waits_for(RuntimeError("broken")), answers.append)
    parked.add(waits_for(Reply(2)), answers.append)
    parked.wake("k")
    parked.ask()
    assert answers == [Sever(), Reply(2)]
    assert "RuntimeError: broken" in capsys.readouterr().err
