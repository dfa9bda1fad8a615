"""Requests that wait: kept by what wakes them, asked again when it happens or their time is over."""

from __future__ import annotations

import sys
import traceback
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sandbox.servers.kafka.outcome import Outcome, Park, Sever

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
        # Who came first is asked first: a set would not keep their order.
        self._by_key: dict[object, dict[Waiting, None]] = {}
        self._woken: deque[object] = deque()
        self._is_asking = False

    def add(self, park: Park, finish: Callable[[Outcome], None]) -> Waiting:
        """Keep a request until it is woken or its time is over."""
        waiting = Waiting(park, finish)
        for key in park.keys:
            self._by_key.setdefault(key, {})[waiting] = None
        if park.seconds is not None:
            waiting.timer = self._call_later(park.seconds, self._time_is_over, waiting)
        return waiting

    def forget(self, waiting: Waiting) -> None:
        """Wait no longer; the answer, if there is one, is somebody else's matter."""
        if waiting.timer is not None:
            waiting.timer.cancel()
        for key in waiting.park.keys:
            others = self._by_key.get(key, {})
            others.pop(waiting, None)
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
        outcome = _again(waiting, over=False)
        if not isinstance(outcome, Park):
            self.forget(waiting)
            waiting.finish(outcome)

    def _time_is_over(self, waiting: Waiting) -> None:
        self.forget(waiting)
        waiting.finish(_again(waiting, over=True))
        self.ask()


def _again(waiting: Waiting, *, over: bool) -> Outcome:
    """Ask a request again; one that fails ends its own connection, not that of who woke it."""
    try:
        return waiting.park.again(over)
    except Exception:  # noqa: BLE001 - as above
        print(traceback.format_exc(), file=sys.stderr)  # noqa: T201 - a server's log is its standard error
        return Sever()
