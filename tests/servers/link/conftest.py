"""Links before real servers, ended with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from link_process import LinkProcess
from link_upstream import EchoServer, ScriptedServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.endpoint import Endpoint


@pytest.fixture
def start_link(tmp_path: Path) -> Iterator[Callable[[Endpoint], LinkProcess]]:
    """Give what starts a link; it must end well and without a word."""
    started: list[LinkProcess] = []

    def start(upstream: Endpoint) -> LinkProcess:
        started.append(LinkProcess(tmp_path / "calls" / "model_server.ndjson", upstream))
        return started[-1]

    yield start
    for link in started:
        if link.process.poll() is None:
            assert link.stop() == (0, "")


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    """Give a server that answers what it was sent."""
    server = EchoServer()
    yield server
    server.kill()


@pytest.fixture
def link(start_link: Callable[[Endpoint], LinkProcess], echo: EchoServer) -> LinkProcess:
    """Give a link before the server that answers what it was sent."""
    return start_link(echo.endpoint)


@pytest.fixture
def link_before(
    start_link: Callable[[Endpoint], LinkProcess],
) -> Iterator[Callable[[Callable[[socket.socket], None]], LinkProcess]]:
    """Give what starts a link before a server that does with a connection what it is told."""
    servers: list[ScriptedServer] = []

    def start(act: Callable[[socket.socket], None]) -> LinkProcess:
        servers.append(ScriptedServer(act))
        return start_link(servers[-1].endpoint)

    yield start
    for server in servers:
        server.close()
