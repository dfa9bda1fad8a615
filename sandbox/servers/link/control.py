"""The second port, for the sandbox itself: what is in flight, how many calls, and forgetting them."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from sandbox.servers.link.call import path_of
from sandbox.servers.link.head import (
    Framing,
    Head,
    MalformedError,
    request_framing,
    request_head,
)
from sandbox.servers.link.message import MessageReader

if TYPE_CHECKING:
    from sandbox.serving.calls import CallLog


class Control(asyncio.Protocol):
    """One connection to the control port."""

    def __init__(self, log: CallLog) -> None:
        """Tell of `log`."""
        self._log = log
        self._reader = MessageReader(request_head, self)
        self._asked = Head()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read requests; hang up on what is none."""
        try:
            self._reader.feed(data)
        except MalformedError:
            if self._transport:
                self._transport.close()

    def on_head(self, head: Head) -> Framing:
        """Remember what is asked."""
        self._asked = head
        return request_framing(head)

    def on_body(self, piece: bytes) -> None:
        """Pass over a body: nothing here takes one."""

    def on_end(self) -> None:
        """Answer."""
        status, said = self._answer(self._asked.method, path_of(self._asked.target))
        body = json.dumps(said).encode()
        head = f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        if self._transport:
            self._transport.write(head.encode() + body)

    def _answer(self, method: str, path: str) -> tuple[HTTPStatus, object]:
        match method, path:
            case "GET", "/sandbox/status":
                return HTTPStatus.OK, self._log.counts()
            case "DELETE", "/sandbox/calls":
                self._log.truncate()
                return HTTPStatus.OK, {}
        return HTTPStatus.NOT_FOUND, {"error": f"the link knows no {method} {path}"}
