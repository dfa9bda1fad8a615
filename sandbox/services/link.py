"""A link before a server of the user's own: calls to it are counted and recorded all the same."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sandbox.runtime.spec import PORT, READY_FD, ProcessSpec, ReadyPipe
from sandbox.services.environment import process_environment

if TYPE_CHECKING:
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
