"""The services as testcontainers containers, for tests of your own.

Each is a `DockerContainer`, so all of testcontainers' ways apply, and each starts as the sandbox
starts it: the same image, the same settings, ready once it answers, on loopback alone.

    with StreamContainer() as stream, DockerContainer("my/app").with_network(network) as app: ...

Beside a sandbox, `sandbox_network` (a pytest fixture) is the network to join: there the services are
`stream:19092`, `http://object-store:9000`, `http://feature-server:8080`, `http://model-server:8080`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from sandbox.clock import wait_until
from sandbox.config.definition import Config, ModelServer, ObjectStore, Stream
from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.runtime.containers.reaper import owner, remove_orphans, settle_reaper
from sandbox.runtime.ports import ReservedPorts
from sandbox.runtime.readiness import probe
from sandbox.runtime.spec import PORT
from sandbox.services import feature_server, model_server, object_stores, stream
from sandbox.services.environment import contract
from sandbox.services.roles import INSIDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from sandbox.config.definition import ObjectStoreServer
    from sandbox.runtime.spec import ContainerSpec

__all__ = [
    "FeatureServerContainer",
    "ModelServerContainer",
    "ObjectStoreContainer",
    "SandboxNetwork",
    "StreamContainer",
]


class SandboxNetwork(Network):
    """The network of a sandbox that is up in containers; it goes when that goes."""

    def __init__(self, name: str) -> None:
        """Join the network of that name."""
        super().__init__()
        self.name = name
        self._network = self._docker.client.networks.get(name)

    def create(self) -> Self:
        """Give itself: it is there."""
        return self

    def remove(self) -> None:
        """Do nothing: it is the sandbox's."""


class _ServiceContainer(DockerContainer):
    """A service, started as the sandbox starts it."""

    role: ClassVar[str]

    def __init__(self, config: Config) -> None:
        """Start nothing."""
        self._config = config
        self._ready_port: int | None = None
        super().__init__(self._spec(1).image)
        self.with_network_aliases(INSIDE[self.role].host)

    def _spec(self, port: int) -> ContainerSpec:
        raise NotImplementedError

    def start(self) -> Self:
        """Start it, and return when it answers; raises DeadlineError where it does not."""
        settle_reaper()
        remove_orphans()
        with ReservedPorts() as ports:
            port = ports.take()
            spec = self._spec(port)
            self._apply(spec, port)
            super().start()
            self._ready_port = port
            looking = probe(spec.ready, port=port, log=Path(), log_from=0, is_published=True)
            wait_until(
                looking.look,
                within=spec.within,
                waiting_for=f"{self.role} to answer",
                last_seen=looking.seen,
            )
        return self

    def _apply(self, spec: ContainerSpec, port: int) -> None:
        values = {PORT: str(spec.listens)}
        for name, value in spec.environment.items():
            self.with_env(name, values.get(value, value))
        if spec.command:
            self.with_command([values.get(part, part) for part in spec.command])
        more: dict[str, Any] = {"labels": dict(owner())}
        if spec.entrypoint:
            more["entrypoint"] = list(spec.entrypoint)
        self.with_kwargs(**{**self._kwargs, **more})
        # Loopback alone: docker takes a pair of address and port, which testcontainers passes on.
        ports: dict[str, Any] = self.ports
        ports[str(spec.listens)] = (LOOPBACK, port)

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens on this machine; raises RuntimeError before it is started."""
        if self._ready_port is None:
            raise RuntimeError(f"the {self.role} is not started")
        return Endpoint(LOOPBACK, self._ready_port)

    @property
    def inside(self) -> Endpoint:
        """Where others on its network find it."""
        return INSIDE[self.role]

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that an app on this machine finds it by."""
        return contract(self._config, None, {self.role: self.endpoint})

    @property
    def environment_inside(self) -> Mapping[str, str]:
        """The variables that an app on its network finds it by."""
        return contract(self._config, None, {self.role: self.inside})


class StreamContainer(_ServiceContainer):
    """Apache Kafka: one broker, ready at once, with few internal partitions."""

    role = stream.NAME

    def __init__(self, *, auto_create_topics: bool = True) -> None:
        """Start nothing."""
        super().__init__(_config(stream=Stream(auto_create_topics=auto_create_topics)))

    def _spec(self, port: int) -> ContainerSpec:
        return stream.container(self._config, port)

    @property
    def bootstrap_servers(self) -> str:
        """What clients on this machine connect to."""
        return self.endpoint.address


class ObjectStoreContainer(_ServiceContainer):
    """The object store: VersityGW, or MinIO."""

    role = "object_store"

    def __init__(self, server: ObjectStoreServer = "versitygw") -> None:
        """Start nothing."""
        super().__init__(_config(object_store=ObjectStore(server=server)))

    def _spec(self, port: int) -> ContainerSpec:
        return object_stores.container(self._config, port)


class FeatureServerContainer(_ServiceContainer):
    """The sandbox's feature server, with no tables yet."""

    role = feature_server.NAME

    def __init__(self) -> None:
        """Start nothing."""
        super().__init__(_config())

    def _spec(self, port: int) -> ContainerSpec:
        return feature_server.container(self._config, port)


class ModelServerContainer(_ServiceContainer):
    """The sandbox's model server; it reads its models from an object store on the same network."""

    role = model_server.NAME

    def __init__(
        self,
        repository: str = "s3://models",
        models: Sequence[str] = (),
        *,
        object_store: Endpoint = INSIDE["object_store"],
    ) -> None:
        """Start nothing; `object_store` is where the container finds that."""
        self._object_store = object_store
        super().__init__(
            _config(model_server=ModelServer(repository=repository, models=tuple(models)))
        )

    def _spec(self, port: int) -> ContainerSpec:
        return model_server.container(self._config, port, self._object_store)


def _config(**services: Any) -> Config:
    return Config(path=Path.cwd() / "sandbox.toml", **services)
