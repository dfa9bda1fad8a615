"""A running sandbox, as the layers above see it: endpoints, clients, and processes by name."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.errors import (
    EnvironmentFailedError,
    NotRunningError,
    ServiceFailedError,
    UsageError,
    Where,
    nearest,
)
from sandbox.runtime import record
from sandbox.runtime.folder import StateFolder
from sandbox.runtime.ports import ReservedPorts
from sandbox.runtime.record import SandboxRecord
from sandbox.runtime.runtime import Progress, Runtime
from sandbox.services import (
    external,
    feature_server,
    members,
    model_server,
    object_store,
    stream,
)
from sandbox.services.ask import ask_json
from sandbox.services.plan import HTTP_SERVERS, Plan
from sandbox.services.snapshot import Places, snapshot
from sandbox.services.stream_client import StreamClient
from sandbox.services.stream_control import StreamControl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sandbox.config.definition import App, Config
    from sandbox.services.snapshot import Snapshot


class Live:
    """One sandbox: what it is made of, and what of it runs."""

    def __init__(self, config: Config) -> None:
        """Read what is remembered of it; start nothing."""
        self.config = config
        self.folder = StateFolder(config.state_folder)
        known = record.load(self.folder.path)
        if known is not None:
            _check_is_of(config, known)
        fresh = SandboxRecord(name=config.name, config=str(config.path))
        self.runtime = Runtime(self.folder, known or fresh)
        self.was_known = known is not None
        self.plan = Plan(config, self.runtime)
        # What containers of a fresh start carry, beside our own labels.
        self.labels: Mapping[str, str] = {}
        # The target whose data may be deleted and replaced.
        self.allow: str | None = None

    # -- where things are -----------------------------------------------------

    def endpoints(self) -> dict[str, Endpoint]:
        """Where services and apps listen, as far as they were started."""
        found = {
            name: process.endpoint
            for name, process in self.runtime.record.processes.items()
            if process.endpoint and process.phase != "stopped"
        }
        for service, app in self.config.provided.items():
            if service not in HTTP_SERVERS and app in found:
                found[service] = found[app]
        return {**self.external, **found}

    @property
    def external(self) -> Mapping[str, Endpoint]:
        """Where the services listen that run already, and are not the sandbox's."""
        return self.plan.external

    def endpoint(self, service: str) -> Endpoint:
        """Where `service` listens; raises NotRunningError where it was not started or has died."""
        if service in self.external and service not in HTTP_SERVERS:
            return self.external[service]
        found = self.endpoints().get(service)
        if found is None:
            raise NotRunningError(f"{service} does not run", hint="start it: sandbox up")
        known = self.runtime.record.processes
        name = service if service in known else self.config.provided.get(service, service)
        if not self.runtime.is_alive(name):
            hint = f"start it again, with its data: sandbox up; what it said: sandbox logs {name}"
            raise NotRunningError(f"{name} has died", hint=hint)
        return found

    def contract(self) -> dict[str, str]:
        """Give the variables that apps of this machine find this sandbox by (see Plan.contract)."""
        return self.plan.contract()

    # -- clients --------------------------------------------------------------

    def stream(self) -> StreamClient:
        """Give a client of the stream; close it."""
        endpoint = self.endpoint(stream.NAME)
        if stream.NAME not in self.external:
            return StreamClient(endpoint)
        settings = external.kafka_settings(self.config)
        return StreamClient(endpoint, settings=settings, scope=external.scope_of(self.config))

    def object_store(self) -> object_store.ObjectStoreClient:
        """Give a client of the object store."""
        endpoint = self.endpoint(object_store.NAME)
        if object_store.NAME not in self.external:
            return object_store.ObjectStoreClient(endpoint)
        account = object_store.account_of_environment()
        only = frozenset(self.config.object_store.buckets)
        return object_store.ObjectStoreClient(endpoint, account, only)

    def feature_server(self) -> feature_server.FeatureServerClient:
        """Give a client of the feature server."""
        return feature_server.FeatureServerClient(self.endpoint(feature_server.NAME))

    def model_server(self) -> model_server.ModelServerClient:
        """Give a client of the model server."""
        return model_server.ModelServerClient(self.endpoint(model_server.NAME))

    def stream_control(self) -> StreamControl:
        """Give the stream's control port; raises ServiceFailedError where it has none or is down."""
        self.endpoint(stream.NAME)
        control = self.control_of_stream()
        if control is None:
            is_external = stream.NAME in self.external
            raise ServiceFailedError(
                f"this stream takes no faults: it is {'external' if is_external else 'Apache Kafka'}",
                hint="the embedded one does: sandbox down, then sandbox up --runtime embedded",
            )
        return control

    def control_of_stream(self) -> StreamControl | None:
        """Give the stream's control port; None where it has none or is down."""
        known = self.runtime.record.processes.get(stream.NAME)
        if known and known.control_port and self.runtime.is_alive(stream.NAME):
            return StreamControl(Endpoint(LOOPBACK, known.control_port))
        return None

    def check_external(self) -> None:
        """Raise, before anything is changed, unless services that run already answer and let us in.

        EnvironmentFailedError and ServiceFailedError say which does not, ConfigError which variable
        is missing.
        """
        external.check_answers(self.config, self.external)
        if stream.NAME in self.external:
            with self.stream() as client:
                client.topics()
        if object_store.NAME in self.external:
            self.object_store().check_answers()

    @property
    def is_allowed(self) -> bool:
        """Whether data of what is external may be deleted and replaced."""
        return self.allow == self.runtime.record.target

    def check_may_change(self, what: str) -> None:
        """Refuse what would delete or replace data that others use too, unless it was allowed.

        `what` begins the sentence: `reset`. Raises UsageError.
        """
        holding = [name for name in (stream.NAME, object_store.NAME) if name in self.external]
        target = self.runtime.record.target
        if not holding:
            return
        if self.is_allowed:
            self.check_external()
            return
        was = f" ({self.allow!r} was allowed)" if self.allow else ""
        raise UsageError(
            f"{what} would change data of {target!r}: its {' and '.join(holding)}"
            f" {'is' if len(holding) == 1 else 'are'} external{was}",
            hint=f"if that is meant: --allow {target}, or SANDBOX_ALLOW={target}",
        )

    def lift_faults(self) -> None:
        """Let the stream be well again, where we can."""
        control = self.control_of_stream()
        if control is not None:
            control.lift()

    def is_ours(self, service: str) -> bool:
        """Tell whether the sandbox runs `service` itself, rather than somebody else."""
        return service not in self.config.provided and service not in self.external

    def traffic(self, server: str) -> Mapping[str, Any]:
        """Give `in_flight` and `calls` of an HTTP server, whoever runs it."""
        found: Mapping[str, Any] = ask_json(
            self._counter(server), "GET", "/sandbox/status", who=server
        )
        return found

    def forget_calls(self, server: str) -> None:
        """Empty the call log of an HTTP server, whoever runs it."""
        ask_json(self._counter(server), "DELETE", "/sandbox/calls", who=server)

    def _counter(self, server: str) -> Endpoint:
        """Where the calls to a server are counted: at itself, or at the link before it."""
        control = self.runtime.record.processes[server].control_port
        return Endpoint(LOOPBACK, control) if control else self.endpoint(server)

    @contextmanager
    def snapshot(self, fixtures: Mapping[str, Path] | None = None) -> Iterator[Snapshot]:
        """Open one SQL over everything that is up; raises NotRunningError where it died."""
        apps = {
            name: process.story_from
            for name, process in self.runtime.record.processes.items()
            if process.kind == "app"
        }
        asked = (stream.NAME, object_store.NAME, feature_server.NAME)
        started = self.endpoints()
        # Of a feature server that is not ours, nobody knows how to ask it for its tables.
        has_features = feature_server.NAME in started and self.is_ours(feature_server.NAME)
        places = Places(
            runtime=self.runtime,
            stream=self.stream() if stream.NAME in started else None,
            object_store=self.object_store() if object_store.NAME in started else None,
            feature_server=self.feature_server() if has_features else None,
            stopped=frozenset(name for name in asked if name not in started),
            apps=apps,
            fixtures=fixtures or {},
        )
        with snapshot(places) as opened:
            yield opened

    # -- processes ------------------------------------------------------------

    def service_names(self) -> list[str]:
        """List the services that this sandbox starts something for."""
        return self.plan.service_names()

    def start_services(
        self, names: Iterable[str] | None = None, *, on_ready: Progress | None = None
    ) -> None:
        """Start services (all of them unless said), and wait until each is ready."""
        chosen = list(names) if names is not None else self.service_names()
        with ReservedPorts() as ports:
            self.plan.settle_ports(ports)
            self.runtime.start([self.plan.service(name) for name in chosen], on_ready=on_ready)

    def start_apps(self, apps: Mapping[str, App], *, on_ready: Progress | None = None) -> None:
        """Start apps as they are given, each after what it waits for.

        Consumer groups first let go of members that died: a broker would wait for them as long as
        their session lasts, 45 s by default.
        """
        members.expire_sessions(self, apps)
        with ReservedPorts() as ports:
            self.plan.settle_ports(ports)
            specs = [self.plan.app(name, app) for name, app in apps.items()]
            self.runtime.start(specs, on_ready=on_ready)

    def start(self, name: str, app: App | None = None) -> None:
        """Start one service or app by name, and wait until it can do what it did before.

        `app` says how, where it differs from the config. Raises ServiceFailedError where it runs: a
        second one would take the place of the first, which nobody could find again.
        """
        self._check_is_run_here(name)
        if self.runtime.is_alive(name):
            raise ServiceFailedError(f"{name} runs already, so it cannot be started")
        if name in self.config.apps:
            self.start_apps({name: app or self.config.apps[name]})
            return
        self.start_services([self._known_service(name)])
        if name == object_store.NAME:
            self.object_store().apply(self.config.object_store.buckets)
        if name == model_server.NAME and self.is_ours(name):
            self.model_server().wait_until_ready()

    def stop(self, names: Sequence[str]) -> list[str]:
        """Stop services or apps in order; returns those that had to be killed."""
        for name in names:
            self._check_is_run_here(name)
            if name not in self.config.apps:
                self._known_service(name)
        return self.runtime.stop(names)

    def kill(self, name: str) -> None:
        """SIGKILL one service or app."""
        self._check_is_run_here(name)
        if name not in self.config.apps:
            self._known_service(name)
        self.runtime.kill(name)

    def running_apps(self) -> list[str]:
        """List the apps that run now."""
        return [
            name
            for name, process in self.runtime.record.processes.items()
            if process.kind == "app" and self.runtime.is_alive(name)
        ]

    def started_apps(self) -> list[str]:
        """List the apps that were started and not stopped since, whether they run or have died."""
        return [
            name
            for name, process in self.runtime.record.processes.items()
            if process.phase != "stopped" and name in self.config.apps
        ]

    def _check_is_run_here(self, name: str) -> None:
        """Refuse to start or end what the sandbox does not run."""
        if name in self.external:
            raise UsageError(
                f"{name} is external ({self.runtime.record.target!r}): the sandbox does not run it,"
                " and can neither start, stop nor kill it",
                hint="where it is to be ended: sandbox down, then sandbox up --runtime embedded",
            )

    def _known_service(self, name: str) -> str:
        known = self.service_names()
        if name not in known:
            raise UsageError(
                f"there is no service or app {name!r}",
                hint=nearest(name, [*known, *self.config.apps]),
            )
        return name


def _check_is_of(config: Config, known: SandboxRecord) -> None:
    """Refuse the state of another sandbox: a copied folder, say, or --state-dir given twice."""
    there = (known.name, os.path.realpath(known.config))
    if there == (config.name, os.path.realpath(config.path)):
        return
    raise EnvironmentFailedError(
        f"this folder holds another sandbox: {known.name!r} of {known.config}",
        where=Where(config.state_folder),
        hint=(
            "choose another with --state-dir (are SANDBOX_NAME and SANDBOX_STATE_DIR set?);"
            " if it was copied, remove it"
        ),
    )
