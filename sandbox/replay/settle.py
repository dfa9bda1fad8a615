"""settle: wait until every hop is drained.

Drained means that no consumer group is behind and no request is in flight, twice in a row with
nothing written in between: a record that was read, but whose outcome is not written yet, is not
committed yet either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.clock import Deadline, wait_until
from sandbox.errors import DeadlineError, ServiceFailedError
from sandbox.services.live import HTTP_SERVERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import Settle
    from sandbox.services.live import Live
    from sandbox.services.stream import Lag, StreamClient


def act(stage: Stage, step: Settle) -> str:
    """Wait as long as the step says, or the scenario."""
    within = step.within if step.within is not None else stage.scenario.settle_within
    settle(stage.live, within)
    return "every hop is drained"


def settle(live: Live, within: float) -> None:
    """Wait at most `within` seconds.

    Raises DeadlineError naming the hops that stand still, and ServiceFailedError at once where an
    app that should be draining one has died.
    """
    with live.stream() as client:
        watch = Watch(live, client)
        try:
            wait_until(
                watch.is_quiet, within=Deadline(within), waiting_for="every hop to be drained"
            )
        except DeadlineError as error:
            raise DeadlineError(
                f"not settled within {within:g} s: {watch.standing_still()}",
                hint="sandbox logs shows what the app there says",
            ) from error


@dataclass(slots=True)
class Watch:
    """Looks at every hop, and remembers the last look."""

    live: Live
    client: StreamClient
    lags: Sequence[Lag] = ()
    in_flight: dict[str, int] = field(default_factory=dict)
    before: object = None

    def is_quiet(self) -> bool:
        """Look once; tell whether nothing is under way, as at the last look."""
        self._check_apps()
        self.lags = self.client.lags(declared_groups(self.live))
        traffic = {
            server: self.live.traffic(server)
            for server in HTTP_SERVERS
            if self.live.runtime.is_ready(server)
        }
        self.in_flight = {server: seen["in_flight"] for server, seen in traffic.items()}
        drained = not any(lag.behind for lag in self.lags) and not any(self.in_flight.values())
        now = (
            [(lag.topic, lag.end) for lag in self.lags],
            {k: v["calls"] for k, v in traffic.items()},
        )
        quiet, self.before = drained and now == self.before, now
        return quiet

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
        return "; ".join(said) or "hops are drained, but more keeps coming"


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
