"""A link before a server of the user's own: calls to it are counted and recorded all the same."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sandbox.runtime.spec import PORT, READY_FD, ContainerSpec, ProcessSpec, ReadyPipe, ReadyPort
from sandbox.services.environment import process_environment
from sandbox.services.roles import CALLS, EVERYWHERE, INSIDE

if TYPE_CHECKING:
    from sandbox.config.definition import Config
    from sandbox.endpoint import Endpoint
    from sandbox.runtime.folder import StateFolder


def spec(service: str, folder: StateFolder, port: int, upstream: Endpoint) -> ProcessSpec:
    """Say how the link that stands for `service` is started; `upstream` is the user's own."""
    return ProcessSpec(
        name=service,
        kind="service",
        command=(
            *(sys.executable, "-m", "sandbox.servers.link", "--port", PORT),
            *("--ready-fd", READY_FD, "--upstream", upstream.address),
            *("--calls", str(folder.calls(service))),
        ),
        directory=folder.path,
        environment=process_environment({}),
        ready=ReadyPipe(),
        port=port,
    )


# The link's second port, in a container.
CONTROL = 8081


def container(
    config: Config, service: str, port: int, control: int, upstream: Endpoint
) -> ContainerSpec:
    """Say how it is started in a container, where the user's own server is in one too."""
    inside = INSIDE[service]
    command = ["python3", "-m", "sandbox.servers.link", "--host", EVERYWHERE, "--port", PORT]
    command += ["--control-port", str(CONTROL), "--upstream", upstream.address, "--calls", CALLS]
    return ContainerSpec(
        name=service,
        kind="service",
        image=config.images.servers,
        alias=inside.host,
        command=tuple(command),
        environment={},
        ready=ReadyPort(),
        port=port,
        listens=inside.port,
        control=(control, CONTROL),
        calls=CALLS,
    )
