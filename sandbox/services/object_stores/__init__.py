"""The programs that can serve the object store: a file each, and SERVERS, which lists them.

Each says how it is started as a process of this machine (`process`) and in a container
(`container`), or raises ConfigError where it runs in one of the two only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from sandbox.services.object_stores import minio, ministack, versitygw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.config.definition import Config
    from sandbox.runtime.folder import StateFolder
    from sandbox.runtime.spec import ContainerSpec, ProcessSpec

Name = Literal["ministack", "versitygw", "minio"]


class Server(Protocol):
    """What each of the files here has."""

    def process(self, config: Config, folder: StateFolder, port: int, /) -> ProcessSpec:
        """Say how it is started as a process."""

    def container(self, config: Config, port: int, /) -> ContainerSpec:
        """Say how it is started in a container."""


SERVERS: Mapping[Name, Server] = {
    "ministack": ministack,
    "versitygw": versitygw,
    "minio": minio,
}


def process(config: Config, folder: StateFolder, port: int) -> ProcessSpec:
    """Say how the object store is started as a process; raises ConfigError where it cannot be."""
    return SERVERS[chosen(config, in_containers=False)].process(config, folder, port)


def container(config: Config, port: int) -> ContainerSpec:
    """Say how the object store is started in a container; raises ConfigError likewise."""
    return SERVERS[chosen(config, in_containers=True)].container(config, port)


def chosen(config: Config, *, in_containers: bool) -> Name:
    """Give the server that is asked for, or goes without saying."""
    if config.object_store.server != "auto":
        return config.object_store.server
    return "versitygw" if in_containers else "ministack"
