"""How each service and app of a sandbox is started, and where each listens."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sandbox.config.definition import READY_WITHIN, SERVICES, App, Config
from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.errors import ConfigError, Where
from sandbox.runtime.spec import (
    ContainerSpec,
    ProcessSpec,
    Readiness,
    ReadyHttp,
    ReadyLog,
    ReadyOnceRunning,
    ReadyPort,
    Spec,
)
from sandbox.services import feature_server, link, model_server, object_store, object_stores, stream
from sandbox.services.environment import contract, process_environment
from sandbox.services.external import endpoints_of
from sandbox.services.roles import APP_PORT, INSIDE, host_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.runtime.ports import ReservedPorts
    from sandbox.runtime.runtime import Runtime

# The interpreter that runs the sandbox, in a command of an app; in a container, the image's.
PYTHON = "{python}"
PYTHON_INSIDE = "python3"

# Services that count calls and requests in flight.
HTTP_SERVERS = ("feature_server", "model_server")


class Plan:
    """Makes the specs that the runtime acts on, of what sandbox.toml says."""

    def __init__(self, config: Config, runtime: Runtime) -> None:
        """Plan for what `runtime` remembers."""
        self._config = config
        self._runtime = runtime
        self._ports: dict[str, int] = {}

    @property
    def in_containers(self) -> bool:
        """Whether services run in containers."""
        return self._runtime.record.runtime == "docker"

    def is_contained(self, app: App) -> bool:
        """Tell whether an app runs in a container."""
        return self.in_containers and app.image is not None

    @property
    def external(self) -> dict[str, Endpoint]:
        """Where the services listen that run already."""
        return endpoints_of(self._runtime.record)

    def service_names(self) -> list[str]:
        """List the services that something is started for: a server, or the link before another's."""
        others = {*self._config.provided, *self.external}
        return [name for name in SERVICES if name not in others or name in HTTP_SERVERS]

    # -- where they listen ----------------------------------------------------

    def settle_ports(self, ports: ReservedPorts) -> None:
        """Settle who listens where, before anybody starts: pinned, as before, or a free one."""
        pinned = {name: getattr(self._config, name).port for name in self.service_names()}
        pinned |= {name: app.port for name, app in self._config.apps.items() if listens(app)}
        known = self._runtime.record.processes
        for name, port in pinned.items():
            before = known[name].port if name in known else None
            # A container that is there keeps the port that it was made with.
            first, second = (before, port) if self.in_containers else (port, before)
            self._ports[name] = first or second or self._ports.get(name) or ports.take()
        for name in self._config.provided:
            control = known[name].control_port if name in known else None
            self._ports[_control(name)] = control or ports.take()

    def contract(self) -> dict[str, str]:
        """Give the variables that apps of this machine find this sandbox by.

        They name where everything listens or is about to: an app that starts while a service is
        stopped meets an outage, and never what the same variable means outside.
        """
        known = self._runtime.record.processes
        ports = {name: process.port for name, process in known.items() if process.port}
        found = {name: Endpoint(LOOPBACK, port) for name, port in {**self._ports, **ports}.items()}
        found = {**self.external, **found}
        return self._contract(found)

    def contract_inside(self) -> dict[str, str]:
        """Give the variables that an app in a container finds this sandbox by."""
        found = {name: INSIDE[name] for name in self.service_names()}
        for name, app in self._config.apps.items():
            if self.is_contained(app):
                found[name] = _inside(name, app)
        return self._contract(found, inside=True)

    def _contract(self, found: dict[str, Endpoint], *, inside: bool = False) -> dict[str, str]:
        for service, provider in self._config.provided.items():
            if service not in HTTP_SERVERS and provider in found:
                found[service] = found[provider]
        folder = None if inside else self._runtime.folder.path
        return contract(self._config, folder, found, own_account=self.own_account)

    @property
    def own_account(self) -> bool:
        """Whether apps come to the object store with an account of the user's own."""
        return object_store.NAME in self.external

    def environment(self) -> dict[str, str]:
        """Give the whole environment of an app of this machine (see process_environment)."""
        return process_environment(self.contract(), own_account=self.own_account)

    # -- services -------------------------------------------------------------

    def service(self, name: str) -> Spec:
        """Say how a service is started, or the link before one that the user provides."""
        if name in self.external:
            port = self._ports[name]
            return link.spec(name, self._runtime.folder, port, self.external[name])
        if name in self._config.provided:
            return self._link(name)
        return self._container_of(name) if self.in_containers else self._process_of(name)

    def _link(self, service: str) -> Spec:
        provider = self._config.provided[service]
        app = self._config.apps[provider]
        port = self._ports[service]
        if self.is_contained(app):
            control = self._ports[_control(service)]
            return link.container(self._config, service, port, control, _inside(provider, app))
        return link.spec(
            service, self._runtime.folder, port, Endpoint(LOOPBACK, self._ports[provider])
        )

    def _container_of(self, name: str) -> ContainerSpec:
        port = self._ports[name]
        match name:
            case object_store.NAME:
                return object_stores.container(self._config, port)
            case stream.NAME:
                return stream.container(self._config, port)
            case feature_server.NAME:
                return feature_server.container(self._config, port)
        provider = self._config.provided.get(object_store.NAME)
        if provider is None:
            return model_server.container(self._config, port, INSIDE[object_store.NAME])
        there = _inside(provider, self._config.apps[provider])
        return model_server.container(self._config, port, there)

    def _process_of(self, name: str) -> ProcessSpec:
        port, folder = self._ports[name], self._runtime.folder
        match name:
            case object_store.NAME:
                return object_stores.process(self._config, folder, port)
            case stream.NAME:
                return stream.spec(self._config, folder, port)
            case feature_server.NAME:
                return feature_server.spec(self._config, folder, port)
        return model_server.spec(self._config, folder, port, self.environment())

    # -- apps -----------------------------------------------------------------

    def app(self, name: str, app: App) -> Spec:
        """Say how an app is started; raises ConfigError where it cannot be in this runtime."""
        return self._app_inside(name, app) if self.is_contained(app) else self._app_here(name, app)

    def check_apps(self) -> None:
        """Raise ConfigError where an app cannot be started in this runtime."""
        for name, app in self._config.apps.items():
            if not self.is_contained(app):
                self._check_command(name, app)

    def _check_command(self, name: str, app: App) -> None:
        if not app.command:
            raise ConfigError(
                f"the app {name!r} has an image and no command: it runs in containers only",
                where=Where(self._config.path, key=f"apps.{name}"),
                hint="give it a command too, or use --runtime docker",
            )

    def _app_inside(self, name: str, app: App) -> ContainerSpec:
        there = _inside(name, app)
        return ContainerSpec(
            name=name,
            kind="app",
            image=app.image or "",
            alias=there.host,
            command=tuple(PYTHON_INSIDE if part == PYTHON else part for part in app.command),
            environment={
                "PYTHONUNBUFFERED": "1",
                **self.contract_inside(),
                **({"PORT": str(there.port)} if listens(app) else {}),
                **app.environment,
            },
            ready=_readiness(app),
            port=self._ports.get(name),
            listens=there.port if listens(app) else None,
            pinned=app.port is not None,
            is_variant=app != self._config.apps[name],
            after=(*app.after, *self._providers(app.after)),
            within=_within(app),
        )

    def _app_here(self, name: str, app: App) -> ProcessSpec:
        self._check_command(name, app)
        port = self._ports.get(name)
        return ProcessSpec(
            name=name,
            kind="app",
            command=tuple(sys.executable if part == PYTHON else part for part in app.command),
            directory=self._config.folder / app.directory,
            environment={
                **self.environment(),
                **({"PORT": str(port)} if port else {}),
                **app.environment,
            },
            ready=_readiness(app),
            port=port,
            pinned=app.port is not None,
            is_variant=app != self._config.apps[name],
            after=(*app.after, *self._providers(app.after)),
            within=_within(app),
        )

    def _providers(self, services: Iterable[str]) -> list[str]:
        """List the apps that fill the roles among `services`."""
        provided = self._config.provided
        return [provided[name] for name in services if name in provided]


def listens(app: App) -> bool:
    """Tell whether an app is given a port."""
    asks = app.ready is not None and (app.ready.port or app.ready.http is not None)
    return app.port is not None or app.provides is not None or asks


def _inside(name: str, app: App) -> Endpoint:
    """Where an app listens in its container."""
    return Endpoint(host_of(name), app.port or APP_PORT)


def _control(service: str) -> str:
    """Name the second port of the link before a server of the user's own."""
    return f"{service}.control"


def _within(app: App) -> float:
    return app.ready.within if app.ready else READY_WITHIN


def _readiness(app: App) -> Readiness:
    ready = app.ready
    if ready is None:
        return ReadyPort() if listens(app) else ReadyOnceRunning()
    if ready.http is not None:
        return ReadyHttp(ready.http)
    if ready.log is not None:
        return ReadyLog(ready.log)
    return ReadyPort()
