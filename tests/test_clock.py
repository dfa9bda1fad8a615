"""Waiting ends when the condition holds, or says what was last seen."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from sandbox.clock import Deadline, utc_now, wait_until
from sandbox.errors import DeadlineError


def test_waiting_gives_the_first_true_answer() -> None:
    """The condition is asked again until it holds, and its answer is given."""
    answers = iter([None, 0, "", "ready", "later"])
    assert wait_until(lambda: next(answers), within=60, waiting_for="an answer") == "ready"
    assert next(answers) == "later"


def test_a_condition_is_asked_once_even_when_no_time_is_left() -> None:
    """What holds already is seen with a deadline of nothing."""
    assert wait_until(lambda: "there", within=0, waiting_for="it") == "there"


def test_a_deadline_that_passes_says_what_was_awaited_and_last_seen() -> None:
    """The error names the condition, the time it had, and the last look."""
    looks = count()
    with pytest.raises(DeadlineError) as caught:
        wait_until(
            lambda: bool(next(looks) < 0),
            within=Deadline(0.0),
            waiting_for="the queue to be empty",
            last_seen=lambda: "3 records",
        )
    assert caught.value.message == "the queue to be empty: not within 0 s; last seen: 3 records"
    assert caught.value.exit_code == 5


def test_waiting_without_a_last_look_says_only_what_was_awaited() -> None:
    """Nothing is made up where nobody says what was seen."""
    with pytest.raises(DeadlineError, match=r"^it: not within 0 s$"):
        wait_until(lambda: None, within=0, waiting_for="it")


def test_a_condition_that_raises_is_not_asked_again() -> None:
    """An error of the condition itself reaches the caller at once."""

    def broken() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        wait_until(broken, within=60, waiting_for="it")


def test_a_deadline_counts_from_its_start() -> None:
    """What is left is never below zero, and passed means that nothing is."""
    long_ago = Deadline(1, started=-1e9)
    assert (long_ago.left, long_ago.passed) == (0.0, True)
    to_come = Deadline(1e9)
    assert 0 < to_come.left <= 1e9
    assert not to_come.passed


def test_the_wall_clock_has_its_zone() -> None:
    """Times are UTC and say so."""
    assert utc_now().utcoffset() == timedelta(0)
