"""One client: frames in, answers out in the same order; a request that waits holds up the rest."""

from __future__ import annotations

import asyncio
import struct
import sys
import traceback
from collections import deque
from typing import TYPE_CHECKING

from sandbox.servers.kafka.frame import MalformedFrameError, encode
from sandbox.servers.kafka.outcome import Outcome, Reply, Silence

if TYPE_CHECKING:
    from sandbox.servers.kafka.broker import Broker
    from sandbox.servers.kafka.frame import Frame
    from sandbox.servers.kafka.parked import Waiting

SIZE = struct.Struct(">i")
# socket.request.max.bytes, Kafka's default.
LARGEST_FRAME = 100 * 1024 * 1024
# What is received at once of small frames, in bytes.
BUFFER = 64 * 1024
# A client that sends on while it is not answered is read no further.
MOST_FRAMES = 64


class Connection(asyncio.BufferedProtocol):
    """Cuts the stream into frames and hands them to the broker, one at a time.

    Small frames come into one buffer together and are copied out of it; of a large one the rest is
    received where it stays.
    """

    def __init__(self, broker: Broker) -> None:
        """Belong to `broker`, once connected."""
        self._broker = broker
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(BUFFER)
        self._held = 0
        self._large = bytearray()
        self._filled = 0
        self._frames: deque[memoryview] = deque()
        self._is_busy = False
        self._is_handling = False
        self._is_clogged = False
        self.waiting: Waiting | None = None
        self.number = -1
        self.peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream socket's always is
        self._transport = transport
        self.peer = f"/{transport.get_extra_info('peername')[0]}"
        self.number = self._broker.connected(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what this client waited for."""
        del exc
        self._transport = None
        self._frames.clear()
        self._broker.disconnected(self)

    def close(self) -> None:
        """Send what is answered, and close; nothing more is handled."""
        self._frames.clear()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Cut the connection at once: what is not sent yet is lost."""
        self._frames.clear()
        if self._transport is not None:
            self._transport.abort()

    def pause_writing(self) -> None:
        """Handle nothing more while the client does not read."""
        self._is_clogged = True

    def resume_writing(self) -> None:
        """Go on."""
        self._is_clogged = False
        self._handle_frames()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Say where the next bytes are to go."""
        del sizehint
        if self._large:
            return memoryview(self._large)[self._filled :]
        return memoryview(self._buffer)[self._held :]

    def buffer_updated(self, nbytes: int) -> None:
        """Take bytes; handle what frames they complete."""
        if self._large:
            self._filled += nbytes
            if self._filled < len(self._large):
                return
            self._frames.append(memoryview(self._large))
            self._large = bytearray()
            may_go_on = True
        else:
            self._held += nbytes
            may_go_on = self._cut_frames()
        if may_go_on:
            self._handle_frames()
        if len(self._frames) > MOST_FRAMES and self._transport is not None:
            self._transport.pause_reading()

    def _cut_frames(self) -> bool:
        """Move whole frames from the buffer to the queue; tells whether the client may go on."""
        position = 0
        while self._held - position >= SIZE.size:
            (size,) = SIZE.unpack_from(self._buffer, position)
            if not 0 < size <= LARGEST_FRAME:
                self._give_up(f"a frame of {size} bytes")
                return False
            begin, end = position + SIZE.size, position + SIZE.size + size
            if end > self._held and size + SIZE.size > BUFFER:
                self._begin_large(size, begin)
                return True
            if end > self._held:
                break
            self._frames.append(memoryview(self._buffer[begin:end]))
            position = end
        self._buffer[: self._held - position] = self._buffer[position : self._held]
        self._held -= position
        return True

    def _begin_large(self, size: int, begin: int) -> None:
        """Receive the rest of a frame where it stays; its first bytes are in the buffer."""
        self._large = bytearray(size)
        self._filled = self._held - begin
        self._large[: self._filled] = self._buffer[begin : self._held]
        self._held = 0

    def _handle_frames(self) -> None:
        if self._is_handling:
            return
        self._is_handling = True
        try:
            while self._frames and not self._is_busy and not self._is_clogged:
                self._is_busy = True
                self._broker.dispatch(self, self._frames.popleft())
        except MalformedFrameError as error:
            self._give_up(str(error))
        except Exception:  # noqa: BLE001 - one client's request must not end the others' server
            self._give_up(traceback.format_exc())
        finally:
            self._is_handling = False
        if self._transport is not None and not self._frames and not self._transport.is_closing():
            self._transport.resume_reading()

    def finish(self, frame: Frame, outcome: Outcome) -> None:
        """Send the answer to the request in hand, and go on with the next."""
        if self._transport is None or self._transport.is_closing():
            return
        if isinstance(outcome, Reply):
            try:
                answer = encode(outcome.response, frame.correlation_id)
            except Exception:  # noqa: BLE001 - whoever woke this client has no part in it
                self._give_up(traceback.format_exc())
                return
            for piece in answer:
                self._transport.write(piece)
        elif not isinstance(outcome, Silence):
            self.close()
            return
        self._is_busy = False
        self._handle_frames()

    def _give_up(self, why: str) -> None:
        print(f"closing a connection from {self.peer}: {why}", file=sys.stderr)  # noqa: T201 - a server's log is its standard error
        self.close()
