"""Where clients connect: a port that can be left for a while, as if the broker were down."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.servers.kafka.connection import Connection

if TYPE_CHECKING:
    from sandbox.servers.kafka.broker import Broker

# How long to wait before a port that another process took meanwhile is tried again, in seconds.
TRY_AGAIN = 0.05


class Listener:
    """One port on loopback, and the connections that came in by it."""

    def __init__(self, broker: Broker) -> None:
        """Listen nowhere yet."""
        self._broker = broker
        self._server: asyncio.Server | None = None
        self._coming_back: asyncio.Task[None] | None = None
        self._port = 0

    async def bind(self, port: int) -> Endpoint:
        """Take `port` (0: a free one) and accept nobody yet. Raises OSError."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._broker), LOOPBACK, port, start_serving=False
        )
        bound = Endpoint(*self._server.sockets[0].getsockname()[:2])
        self._port = bound.port
        return bound

    async def accept(self) -> None:
        """Let clients in."""
        if self._server is not None:
            await self._server.start_serving()

    def close(self) -> None:
        """Let nobody in any more, and do not come back."""
        if self._coming_back is not None:
            self._coming_back.cancel()
            self._coming_back = None
        if self._server is not None:
            self._server.close()
            self._server = None

    def go_away(self, seconds: float | None) -> None:
        """Refuse connections and cut those that are open, for so long; None: until `come_back`."""
        self.close()
        for connection in list(self._broker.connections.values()):
            connection.abort()
        if seconds is not None:
            self._coming_back = asyncio.create_task(self._return(seconds))

    async def come_back(self) -> None:
        """Be there again at once, on the same port."""
        if self._server is None:
            self.close()
            await self._return(0)

    async def _return(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        said = False
        while True:
            try:
                await self.bind(self._port)
            except OSError as error:
                if not said:
                    print(f"cannot come back yet: {error}", file=sys.stderr)  # noqa: T201 - a server's log is its standard error
                said = True
                await asyncio.sleep(TRY_AGAIN)
            else:
                return await self.accept()
