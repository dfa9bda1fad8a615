"""Time as an input: deadlines, and waiting on a condition rather than sleeping."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from sandbox.errors import DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable

Seen = TypeVar("Seen")

FIRST_PAUSE = 0.001
LONGEST_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock; `seconds` is what was asked for."""

    seconds: float
    started: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Give the seconds that are left, never below zero."""
        return max(0.0, self.started + self.seconds - time.monotonic())

    @property
    def spent(self) -> float:
        """Give the seconds since it was set."""
        return time.monotonic() - self.started

    @property
    def passed(self) -> bool:
        """Tell whether no time is left."""
        return self.left <= 0.0


def wait_until(
    look: Callable[[], Seen | None],
    *,
    within: float | Deadline,
    waiting_for: str,
    last_seen: Callable[[], object] | None = None,
) -> Seen:
    """Call `look` until it returns something true, and give that.

    `within` is in seconds. The pauses grow from 1 ms to 50 ms, so that what is quick is seen at
    once and what is slow costs no processor. Raises DeadlineError, saying `waiting_for` and what
    `last_seen` returns.
    """
    deadline = within if isinstance(within, Deadline) else Deadline(within)
    pause = FIRST_PAUSE
    nobody_sets_it = threading.Event()
    while True:
        seen = look()
        if seen:
            return seen
        if deadline.passed:
            suffix = f"; last seen: {last_seen()}" if last_seen else ""
            raise DeadlineError(f"{waiting_for}: not within {deadline.seconds:g} s{suffix}")
        nobody_sets_it.wait(min(pause, deadline.left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def utc_now() -> datetime:
    """Give the wall clock's time, with its zone."""
    return datetime.now(UTC)
