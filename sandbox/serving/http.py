"""Run an ASGI application as a server process: bind loopback, announce, stop in order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.serving.ready import announce

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from starlette.types import ASGIApp

STOP_WITHIN = 5


class AnnouncingServer(uvicorn.Server):
    """uvicorn's server, which says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, ready_fd: int | None) -> None:
        """Keep the pipe to announce on."""
        super().__init__(config)
        self._ready_fd = ready_fd

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take a signal as the order to stop, and no more: stopped in order is exit code 0.

        uvicorn raises the signal again once it has stopped, and would die of it.
        """
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then announce the endpoint that was bound."""
        await super().startup(sockets)
        if self.should_exit or not self.servers:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        announce(self._ready_fd, Endpoint(host, port))


def serve(app: ASGIApp, *, port: int, ready_fd: int | None, host: str = LOOPBACK) -> None:
    """Serve `app` until SIGTERM or SIGINT; port 0 takes a free one.

    `host` is loopback, but in a container, whose network is its own.

    On a signal the server stops accepting, lets requests in flight finish for at most five seconds,
    and runs the application's lifespan shutdown.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=3600,
        timeout_graceful_shutdown=STOP_WITHIN,
        server_header=False,
        date_header=False,
    )
    AnnouncingServer(config, ready_fd).run()
