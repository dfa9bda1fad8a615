"""MinIO: the server that many teams run on premises; AGPL, and archived since February 2026."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.endpoint import LOOPBACK
from sandbox.runtime.spec import ContainerSpec, ProcessSpec, ReadyHttp
from sandbox.services.environment import ACCESS_KEY, REGION, SECRET_KEY, process_environment
from sandbox.services.object_stores.binary import find_binary
from sandbox.services.roles import DATA, INSIDE

if TYPE_CHECKING:
    from sandbox.config.definition import Config
    from sandbox.runtime.folder import StateFolder

NAME = "object_store"
# Not `live`: that one says yes before the store is ready, when every request is answered with 503 and
# `Retry-After: 60`, which clients obey.
HEALTH = "/minio/health/cluster"
SETTINGS = {
    "MINIO_ROOT_USER": ACCESS_KEY,
    "MINIO_ROOT_PASSWORD": SECRET_KEY,
    "MINIO_REGION": REGION,
    "MINIO_BROWSER": "off",
    # It would ask its makers' site for a newer version.
    "MINIO_UPDATE": "off",
}


def process(config: Config, folder: StateFolder, port: int) -> ProcessSpec:
    """Say how it is started as a process; raises ConfigError where it is not installed."""
    data = folder.data(NAME)
    return ProcessSpec(
        name=NAME,
        kind="service",
        command=(
            *(find_binary(config, "minio"), "server", "--quiet"),
            *("--address", f"{LOOPBACK}:{port}", str(data)),
        ),
        directory=folder.path,
        environment={**process_environment({}), **SETTINGS},
        ready=ReadyHttp(HEALTH),
        port=port,
        pinned=config.object_store.port is not None,
    )


def container(config: Config, port: int) -> ContainerSpec:
    """Say how it is started in a container."""
    inside = INSIDE[NAME]
    return ContainerSpec(
        name=NAME,
        kind="service",
        image=config.images.minio,
        alias=inside.host,
        entrypoint=("minio",),
        command=("server", "--quiet", "--address", f":{inside.port}", DATA),
        environment=SETTINGS,
        ready=ReadyHttp(HEALTH),
        port=port,
        listens=inside.port,
        pinned=config.object_store.port is not None,
    )
