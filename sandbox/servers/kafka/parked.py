"""Requests that wait: kept by what wakes them, asked again when it happens or their time is over."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sandbox.servers.kafka.outcome import Outcome, Park

if TYPE_CHECKING:
    from collections.abc import Callable


class Timer(Protocol):
    """What a call that was put off can do: not happen."""

    def cancel(self) -> None:
        """Let the call not happen."""


@dataclass(eq=False, slots=True)
class Waiting:
    """One request that waits, and where its answer goes."""

    park: Park
    finish: Callable[[Outcome], None]
    timer: Timer | None = None


class Parked:
    """All requests that wait. `call_later` is the event loop's (seconds, function, argument)."""

    def __init__(self, call_later: Callable[..., Timer]) -> None:
        """Keep none."""
        self._call_later = call_later
        self._by_key: dict[object, set[Waiting]] = {}
        self._woken: deque[object] = deque()
        self._is_asking = False

    def add(self, park: Park, finish: Callable[[Outcome], None]) -> Waiting:
        """Keep a request until it is woken or its time is over."""
        waiting = Waiting(park, finish)
        for key in park.keys:
            self._by_key.setdefault(key, set()).add(waiting)
        if park.seconds is not None:
            waiting.timer = self._call_later(park.seconds, self._time_is_over, waiting)
        return waiting

    def forget(self, waiting: Waiting) -> None:
        """Wait no longer; the answer, if there is one, is somebody else's matter."""
        if waiting.timer is not None:
            waiting.timer.cancel()
        for key in waiting.park.keys:
            others = self._by_key.get(key, set())
            others.discard(waiting)
            if not others:
                self._by_key.pop(key, None)

    def holds(self, key: object) -> bool:
        """Tell whether a request waits for `key`."""
        return key in self._by_key

    def wake(self, key: object) -> None:
        """Note that `key` happened; `ask` looks after who waits for it."""
        if key in self._by_key:
            self._woken.append(key)

    def ask(self) -> None:
        """Ask everybody who was woken, and whom they wake in turn."""
        if self._is_asking:
            return
        self._is_asking = True
        try:
            while self._woken:
                key = self._woken.popleft()
                for waiting in list(self._by_key.get(key, ())):
                    self._ask_one(waiting, key)
        finally:
            self._is_asking = False

    def _ask_one(self, waiting: Waiting, key: object) -> None:
        # Who was asked before it may have answered it already, or closed its connection.
        if waiting not in self._by_key.get(key, ()):
            return
        outcome = waiting.park.again(False)  # noqa: FBT003 - the one argument that there is
        if not isinstance(outcome, Park):
            self.forget(waiting)
            waiting.finish(outcome)

    def _time_is_over(self, waiting: Waiting) -> None:
        self.forget(waiting)
        waiting.finish(waiting.park.again(True))  # noqa: FBT003 - the one argument that there is
        self.ask()
