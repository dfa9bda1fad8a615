"""One end of a relayed connection: writes at its own pace, ends by halves, or is cut off."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable

# SO_LINGER with no time to linger: closing sends a reset.
RESET = struct.pack("ii", 1, 0)


class Between(Protocol):
    """What joins two ends."""

    def came(self, end: End) -> None:
        """Take note that an end is connected."""

    def passed(self) -> None:
        """Take note that bytes were passed on."""

    def ended(self, end: End) -> None:
        """Take note that an end sends no more."""

    def lost(self, end: End, error: Exception | None) -> None:
        """Take note that an end is gone, by an error or in good order."""


class End(asyncio.Protocol):
    """A client or an upstream, as the transport tells of it; `other` is who it talks to."""

    other: End

    def __init__(self, between: Between, see: Callable[[bytes], None]) -> None:
        """Show what this end sends to `see`, before it is passed on."""
        self._between = between
        self._see = see
        self._transport: asyncio.Transport | None = None
        self._was_connected = False
        self._early: list[bytes] = []
        self._reset_when_flushed = False
        self.has_ended = False
        self.is_gone = False

    # -- what the transport tells ---------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._was_connected = True
        self._between.came(self)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        self._see(data)
        self.other.write(data)
        self._between.passed()

    def eof_received(self) -> bool:
        """Tell that this end sends no more; it may still be sent to."""
        self.has_ended = True
        self._between.ended(self)
        return True

    def pause_writing(self) -> None:
        """Read no more of the other end: this one is full."""
        self.other.pause()

    def resume_writing(self) -> None:
        """Read of the other end again."""
        if self._reset_when_flushed:
            self._cut()
        self.other.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that this end is gone."""
        self._transport = None
        self.is_gone = True
        self._between.lost(self, exc)

    # -- what is asked of it; harmless where it is not connected ---------------

    @property
    def transport(self) -> asyncio.Transport | None:
        """Give the transport while it may be used."""
        there = self._transport
        return None if there is None or there.is_closing() else there

    def write(self, data: bytes) -> None:
        """Send bytes to this end; before it is connected they are kept, and no more are read."""
        if transport := self.transport:
            transport.write(data)
        elif not self._was_connected:
            self._early.append(data)
            self.other.pause()

    def take_early(self) -> bytes:
        """Give what was to be sent before this end was connected."""
        early, self._early = b"".join(self._early), []
        return early

    def finish(self) -> None:
        """Tell this end that the other sends no more."""
        if transport := self.transport:
            transport.write_eof()

    def pause(self) -> None:
        """Read no more."""
        if transport := self.transport:
            transport.pause_reading()

    def resume(self) -> None:
        """Read again, unless all was read."""
        if (transport := self.transport) and not self.has_ended:
            transport.resume_reading()

    def close(self) -> None:
        """Close once all is sent."""
        if transport := self.transport:
            transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport:
            self._transport.abort()

    def reset(self) -> None:
        """Cut off once all is sent: what is cut short must not look as if it were complete."""
        if transport := self.transport:
            self._reset_when_flushed = True
            transport.set_write_buffer_limits(high=0)
            if not transport.get_write_buffer_size():
                self._cut()

    def _cut(self) -> None:
        if transport := self.transport:
            plug = transport.get_extra_info("socket")
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            transport.abort()
