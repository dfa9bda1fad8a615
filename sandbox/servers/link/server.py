"""The listener: bind, accept, announce; stop in order."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from sandbox.endpoint import Endpoint
from sandbox.servers.link.control import Control
from sandbox.servers.link.recorder import LogRecorder
from sandbox.servers.link.relay import Relay
from sandbox.serving.ready import announce

if TYPE_CHECKING:
    from sandbox.servers.link.end import End
    from sandbox.serving.calls import CallLog

STOP_WITHIN = 5.0


class Link:
    """Every connection that passes through."""

    def __init__(self, upstream: Endpoint, log: CallLog) -> None:
        """Pass connections on to `upstream`, and write their calls to `log`."""
        self._upstream = upstream
        self._recorder = LogRecorder(log)
        self._relays: set[Relay] = set()
        self._all_over = asyncio.Event()

    def accept(self) -> End:
        """Give the protocol of a client that connects."""
        relay = Relay(self._upstream, self._recorder, self._forget)
        self._relays.add(relay)
        self._all_over.clear()
        return relay.client

    def _forget(self, relay: Relay) -> None:
        self._relays.discard(relay)
        if not self._relays:
            self._all_over.set()

    async def stop(self, within: float) -> None:
        """Let calls in flight finish for `within` seconds, then cut off what is left."""
        for relay in list(self._relays):
            relay.stop()
        if not self._relays:
            return
        try:
            async with asyncio.timeout(within):
                await self._all_over.wait()
        except TimeoutError:
            for relay in list(self._relays):
                relay.abort()


async def serve(
    *,
    host: str,
    port: int,
    control_port: int,
    ready_fd: int | None,
    upstream: Endpoint,
    log: CallLog,
) -> None:
    """Relay until SIGTERM or SIGINT; raises OSError where a port cannot be had.

    `host` is loopback, but in a container, whose network is its own.
    """
    loop = asyncio.get_running_loop()
    ordered = asyncio.Event()
    for order in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(order, ordered.set)
    link = Link(upstream, log)
    listener = await loop.create_server(link.accept, host, port, backlog=1024)
    control = await loop.create_server(lambda: Control(log), host, control_port)
    bound = Endpoint(*listener.sockets[0].getsockname()[:2])
    announce(ready_fd, bound, control=control.sockets[0].getsockname()[1])
    await ordered.wait()
    listener.close()
    await link.stop(STOP_WITHIN)
    control.close()
    log.close()
