"""One connection through the link: a client, the upstream, and the bytes between them.

What one end sends is written to the other as it came. Where the other takes no more, reading stops
until it does; that an end sends no more is passed on by itself, and so is a reset.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sandbox.servers.link.end import End
from sandbox.servers.link.refusing import Refusing
from sandbox.servers.link.tap import Tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.endpoint import Endpoint
    from sandbox.servers.link.call import Recorder

CONNECT_WITHIN = 10.0


class Relay:
    """A client's connection, and ours to the upstream on its behalf."""

    def __init__(
        self, upstream: Endpoint, recorder: Recorder, on_over: Callable[[Relay], None]
    ) -> None:
        """Connect to `upstream` once the client is there; tell `on_over` when both are gone."""
        self._upstream = upstream
        self._on_over = on_over
        self._tap = Tap(recorder)
        self._connecting: asyncio.Task[None] | None = None
        self._is_stopping = False
        self.client = End(self, self._tap.asked)
        self.server = End(self, self._tap.answered)
        self.client.other, self.server.other = self.server, self.client

    def came(self, end: End) -> None:
        """Connect to the upstream for a client that came; send it what the client has sent by then."""
        if end is self.client:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
            return
        end.write(end.take_early())
        if self.client.has_ended:
            end.finish()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        host, port = self._upstream.host, self._upstream.port
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await loop.create_connection(lambda: self.server, host, port)
        except OSError as error:
            self._refuse(error)
        if self.client.is_gone:
            self.server.abort()
        self.client.resume()

    def _refuse(self, error: OSError) -> None:
        self.server.is_gone = True
        if self.client.is_gone:
            self._on_over(self)
        elif client := self.client.transport:
            where = self._upstream.address
            why = f"the server behind this link does not answer at {where}: {error}"
            client.set_protocol(Refusing(client, self._tap, why, lambda: self._on_over(self)))
            if self.client.has_ended:
                client.close()

    def passed(self) -> None:
        """Close once nothing is in flight, where that is waited for."""
        if self._is_stopping and self._is_idle:
            self.close()

    def ended(self, end: End) -> None:
        """Pass on that `end` sends no more; once neither does, the connection is over."""
        if end is self.server:
            self._tap.answers_ended()
        if end.other.has_ended:
            self.close()
        else:
            end.other.finish()

    def lost(self, end: End, error: Exception | None) -> None:
        """Close the other end in the same manner."""
        self._tap.stop()
        if error:
            end.other.reset()
        else:
            end.other.close()
        if self.client.is_gone and self.server.is_gone:
            self._on_over(self)

    @property
    def _is_idle(self) -> bool:
        return self._tap.is_idle or self.server.has_ended

    def stop(self) -> None:
        """Close as soon as nothing is in flight."""
        self._is_stopping = True
        self.passed()

    def close(self) -> None:
        """Close both ends once all is sent."""
        self.client.close()
        self.server.close()

    def abort(self) -> None:
        """Close both ends at once."""
        self._tap.stop()
        self.client.abort()
        self.server.abort()
