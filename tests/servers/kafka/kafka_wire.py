"""A bare connection to a stream: whole requests by kafka-python's codec, or any bytes."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any, Self

from sandbox.servers.kafka.handlers import HANDLERS

if TYPE_CHECKING:
    from types import TracebackType

BY_NAME = {api.name: api for api in HANDLERS.values()}


class Wire:
    """One TCP connection."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._correlation = 0

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def receive(self) -> bytes | None:
        """Give the next frame, without its length; None where the connection was closed."""
        size = self._exactly(4)
        return None if size is None else self._exactly(struct.unpack(">i", size)[0])

    def _exactly(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            try:
                more = self._socket.recv(count - len(data))
            except ConnectionResetError:
                return None
            if not more:
                return None
            data += more
        return data

    def request(self, name: str, version: int, **fields: Any) -> None:
        """Send a request."""
        self._correlation += 1
        body = BY_NAME[name].request(version=version, **fields)
        body.with_header(correlation_id=self._correlation, client_id="wire")
        self.send(bytes(body.encode(header=True, framed=True)))

    def answer(self, name: str, version: int) -> Any:
        """Read a response; None where the connection was closed."""
        data = self.receive()
        return None if data is None else BY_NAME[name].response.decode(data, version, header=True)

    def ask(self, name: str, version: int, **fields: Any) -> Any:
        """Send a request and give its response."""
        self.request(name, version, **fields)
        return self.answer(name, version)

    @property
    def is_closed(self) -> bool:
        """Tell whether the server closed the connection; waits for it."""
        return self.receive() is None


def frame(body: bytes) -> bytes:
    """Give bytes with their length before them."""
    return struct.pack(">i", len(body)) + body
