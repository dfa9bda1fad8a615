"""The verbs: up, seed, reset, replay, down, and the questions one asks in between."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox.errors import NotRunningError, UnreadableStateError, UsageError, nearest
from sandbox.runtime.folder import StateFolder
from sandbox.runtime.record import STATE_FILE
from sandbox.services.live import Live
from sandbox.session import status as looking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sandbox.config.definition import App, Config
    from sandbox.results import ScenarioResult
    from sandbox.runtime.runtime import Progress
    from sandbox.scenario.definition import Scenario
    from sandbox.services.sql import Rows
    from sandbox.session.status import Status


def _silently(_: str) -> None:
    """Say nothing."""


class Session:
    """A sandbox as a user handles it; each verb may be called from any process at any time."""

    def __init__(
        self,
        config: Config,
        *,
        progress: Progress = _silently,
        labels: Mapping[str, str] | None = None,
        allow: str | None = None,
    ) -> None:
        """Start nothing; `progress` is told what happens, a line at a time.

        Containers of a fresh start carry `labels` beside our own. Data of external services may be
        deleted and replaced where the target is called `allow`.
        """
        self.config = config
        self._say = progress
        self._labels = labels or {}
        self._allow = allow
        self._live: Live | None = None

    @property
    def live(self) -> Live:
        """The sandbox as it was when this was first asked, or last changed."""
        if self._live is None:
            self._live = self._look()
        return self._live

    def _look(self) -> Live:
        """Look at the sandbox anew."""
        live = Live(self.config)
        live.labels, live.allow = self._labels, self._allow
        return live

    @contextmanager
    def _holding(self, verb: str) -> Iterator[Live]:
        """Hold the sandbox's lock, and look at it anew."""
        live_folder = self.live.folder
        with live_folder.locked(verb, on_wait=lambda who: self._say(f"waiting for {who}")):
            self._live = self._look()
            yield self._live

    def _running(self) -> Live:
        """Give the sandbox; raises NotRunningError unless it is up."""
        self._live = self._look()
        if self._live.runtime.record.seeded is None:
            raise NotRunningError(
                f"the sandbox {self.config.name!r} is not up", hint="start it: sandbox up"
            )
        return self._live

    @contextmanager
    def _changing(self, verb: str) -> Iterator[Live]:
        """Hold a sandbox that is up, and still is once others have let go of it."""
        self._running()
        with self._holding(verb):
            yield self._running()

    def up(self, *, apps: bool = True) -> Status:
        """Start and seed everything, and return when all is ready; twice is harmless."""
        from sandbox.session.up import up  # noqa: PLC0415 - each verb imports what it needs

        with self._holding("up") as live:
            up(live, self._say, apps=apps)
        return self.status()

    @property
    def is_remembered(self) -> bool:
        """Tell whether there is anything to take down, up or half-way."""
        return (self.config.state_folder / STATE_FILE).exists()

    def down(self) -> list[str]:
        """End everything that this sandbox started and remove its data.

        Returns the names of processes that did not stop in time and were killed.
        """
        from sandbox.session.up import clear, sweep  # noqa: PLC0415

        try:
            self._live = self._look()
        except UnreadableStateError as error:
            self._say(f"{error.message}: ending whatever works there")
            folder = StateFolder(self.config.state_folder)
            with folder.locked("down"):
                sweep(folder)
            return []
        if not self._live.was_known:
            return []
        with self._holding("down") as live:
            return clear(live)

    def end_forgotten(self) -> int:
        """End what is left of a sandbox that nothing remembers; gives how many that were."""
        from sandbox.session.up import end_forgotten  # noqa: PLC0415

        return end_forgotten(StateFolder(self.config.state_folder))

    def reset(self, *, apps: Sequence[str] | None = None) -> None:
        """Bring services back to their seed, and start anew the apps (or `apps`).

        Unless said, those that were started and not stopped since, but by a reset that was
        interrupted.
        """
        from sandbox.session.reset import reset  # noqa: PLC0415

        with self._changing("reset") as live:
            live.check_may_change("reset")
            owed = [each for each in live.runtime.record.owed if each in self.config.apps]
            names = [*live.started_apps(), *owed] if apps is None else list(apps)
            reset(live, {name: self._app(name) for name in names}, self._say)

    def _app(self, name: str) -> App:
        if name not in self.config.apps:
            raise UsageError(f"there is no app {name!r}", hint=nearest(name, self.config.apps))
        return self.config.apps[name]

    def seed(self) -> None:
        """Put the declared fixtures into the services again, over what is there."""
        from sandbox.fixtures.seed import seed  # noqa: PLC0415

        with self._changing("seed") as live:
            # The versions of the first seed stay: by them, reset sees what was written since.
            seed(live)

    def replay(self, scenario: Scenario, variant: str | None = None) -> ScenarioResult:
        """Play a scenario, or a variant of it, and judge its expectations."""
        from sandbox.session.replay import replay  # noqa: PLC0415

        with self._changing("replay") as live:
            return replay(live, scenario, variant, self._say)

    def produce(self, topic: str, values: Iterable[Any], *, key: str | None = None) -> None:
        """Write `values` as JSON to a topic, and wait until all are kept.

        `key` names the field of each value whose text is the record's key. Raises UsageError where
        a value has no such field.
        """
        import json  # noqa: PLC0415

        from sandbox.services.stream_client import Message  # noqa: PLC0415

        messages = [
            Message(
                value=json.dumps(value).encode(),
                key=None if key is None else _key_of(value, key),
            )
            for value in values
        ]
        with self._running().stream() as client:
            client.produce(topic, messages)

    def settle(self, within: float = 30.0) -> None:
        """Wait until every hop is drained; raises DeadlineError naming those that stand still."""
        from sandbox.replay.settle import settle  # noqa: PLC0415

        settle(self._running(), within)

    def sql(self, query: str, *, limit: int | None = None) -> Rows:
        """Ask one SQL over everything."""
        with self._running().snapshot() as snapshot:
            return snapshot.query(query, limit=limit)

    def env(self) -> dict[str, str]:
        """Give the variables that apps find this sandbox by."""
        return self._running().contract()

    def environment(self) -> dict[str, str]:
        """Give the whole environment that apps have: this process's own, and those variables."""
        return self._running().plan.environment()

    @property
    def network(self) -> str:
        """The name of the network that services in containers are on.

        Raises UsageError where they run in none.
        """
        found = self._running().runtime.network
        if found is None:
            raise UsageError(
                "services run in processes, which are on no network of their own",
                hint="run them in containers: --runtime docker (in pytest: --sandbox-runtime docker)",
            )
        return found

    def status(self) -> Status:
        """Say what runs."""
        self._live = self._look()
        return looking.status(self._live)

    def collect_logs(self) -> None:
        """See to it that every log is whole; raises EngineError where containers cannot be asked."""
        runtime = self.live.runtime
        for name in runtime.record.processes:
            runtime.log_of(name)

    def start(self, name: str) -> None:
        """Start a service or an app that is stopped."""
        with self._changing("start") as live:
            live.start(name)

    def stop(self, name: str) -> None:
        """Stop a service or an app in order."""
        with self._changing("stop") as live:
            live.stop([name])

    def kill(self, name: str) -> None:
        """SIGKILL a service or an app."""
        with self._changing("kill") as live:
            live.kill(name)


def _key_of(value: Any, field: str) -> bytes:
    if not isinstance(value, dict) or field not in value:
        raise UsageError(f"a value has no field {field!r} to make its key of: {value!r}")
    return str(value[field]).encode()
