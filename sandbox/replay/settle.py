"""settle: wait until every hop is drained.

Drained means that no consumer group is behind and no request is in flight, and that it stays so for
a while with nothing written, committed or asked in between. Apps that commit after their work leave
no gap in that; one that commits by a timer, while it still works, has to write within that while.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.clock import Deadline, wait_until
from sandbox.errors import DeadlineError, ServiceFailedError
from sandbox.services.members import put_out_ghosts
from sandbox.services.plan import HTTP_SERVERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import Settle
    from sandbox.services.live import Live
    from sandbox.services.stream_client import Lag, StreamClient

# Seconds without any change that count as drained: at the end, and between two ticks.
CALM = 0.2
CALM_BETWEEN_TICKS = 0.0
# Seconds without any progress of who is behind, after which it is looked for what holds it up.
STILL = 5.0


def act(stage: Stage, step: Settle) -> str:
    """Wait as long as the step says, or the scenario."""
    within = step.within if step.within is not None else stage.scenario.settle_within
    settle(stage.live, within)
    return "every hop is drained"


def settle(live: Live, within: float, *, calm: float = CALM) -> None:
    """Wait at most `within` seconds, until nothing has happened for `calm` seconds.

    Raises DeadlineError naming the hops that stand still, and ServiceFailedError at once where an
    app that should be draining one has died.
    """
    with live.stream() as client:
        watch = Watch(live, client, calm)
        try:
            wait_until(
                watch.is_quiet, within=Deadline(within), waiting_for="every hop to be drained"
            )
        except DeadlineError as error:
            raise DeadlineError(
                f"not settled within {within:g} s: {watch.standing_still()}{watch.last_said()}",
                hint="sandbox logs shows what the app there says",
            ) from error


@dataclass(slots=True)
class Watch:
    """Looks at every hop, and remembers since when nothing has changed."""

    live: Live
    client: StreamClient
    calm: float
    lags: Sequence[Lag] = ()
    in_flight: dict[str, int] = field(default_factory=dict)
    silence: str | None = None
    before: object = None
    since: float = 0.0
    stood_still: object = None
    still_since: float = 0.0

    def is_quiet(self) -> bool:
        """Look once; tell whether nothing is under way, and nothing has changed for long enough."""
        self._check_apps()
        ends = self._look_at_stream()
        traffic = {
            server: self.live.traffic(server)
            for server in HTTP_SERVERS
            if self.live.runtime.is_ready(server)
        }
        self.in_flight = {server: seen["in_flight"] for server, seen in traffic.items()}
        behind = self.silence or any(lag.behind for lag in self.lags)
        drained = not behind and not any(self.in_flight.values())
        self._look_for_ghosts()
        calls = {server: seen["calls"] for server, seen in traffic.items()}
        return drained and self._unchanged((self.lags, ends, calls))

    def _look_at_stream(self) -> object:
        """Note who is behind, and give where topics end; a stream that is away may come back."""
        self.silence = None
        try:
            self.lags = self.client.lags(declared_groups(self.live))
            return self.client.end_offsets(self.client.topics())
        except ServiceFailedError as error:
            self.silence = error.message
            return None

    def _look_for_ghosts(self) -> None:
        """Where hops have stood still for long, see whether members that died hold them up."""
        moment = time.monotonic()
        if self.lags != self.stood_still:
            self.stood_still, self.still_since = self.lags, moment
        behind = {lag.group for lag in self.lags if lag.behind}
        if behind and not self.silence and moment - self.still_since >= STILL:
            self.still_since = moment
            put_out_ghosts(self.live, behind)

    def _unchanged(self, now: object) -> bool:
        """Tell whether everything has been as it is `now` for as long as it must be calm."""
        moment = time.monotonic()
        if now != self.before:
            self.before, self.since = now, moment
            return False
        return moment - self.since >= self.calm

    def _check_apps(self) -> None:
        runtime = self.live.runtime
        for name, process in runtime.record.processes.items():
            if process.kind == "app" and process.phase == "ready" and not runtime.is_alive(name):
                raise ServiceFailedError(
                    f"{name} died while its hop was drained:\n{runtime.last_lines(name)}",
                    hint=f"its whole log: sandbox logs {name}",
                )

    def standing_still(self) -> str:
        """Say which hops are not drained, the longest queue first."""
        behind: dict[tuple[str, str], int] = {}
        for lag in self.lags:
            hop = (lag.topic, lag.group)
            behind[hop] = behind.get(hop, 0) + lag.behind
        queues = sorted(behind.items(), key=lambda each: -each[1])
        said = [
            f"{topic} → {group}: {count} records behind"
            for (topic, group), count in queues
            if count
        ]
        said += [
            f"{name}: {count} requests in flight" for name, count in self.in_flight.items() if count
        ]
        said += [self.silence] if self.silence else []
        return "; ".join(said) or "hops are drained, but more keeps coming"

    def last_said(self) -> str:
        """Give the last lines of the apps that are declared to read where somebody is behind."""
        groups = {lag.group for lag in self.lags if lag.behind}
        apps = self.live.config.apps
        said = [
            f"\nthe last that {name} printed:\n{lines}"
            for name in self.live.running_apps()
            if groups & set(apps[name].consumes.values())
            and (lines := self.live.runtime.last_lines(name))
        ]
        return "".join(said)


def declared_groups(live: Live) -> dict[str, list[str]]:
    """Give the topics that each consumer group is declared to read.

    Those of every app that was started since the last reset: one that is down leaves records
    behind, one that has no part in the story does not.
    """
    groups: dict[str, list[str]] = {}
    started = live.runtime.record.processes
    for name, app in live.config.apps.items():
        if name in started:
            for topic, group in app.consumes.items():
                groups.setdefault(group, []).append(topic)
    return groups
