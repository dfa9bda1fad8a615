"""What a client gets while the upstream cannot be reached: its request is read, and answered 502."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.servers.link.tap import Tap


class Refusing(asyncio.Protocol):
    """Takes over a client's connection; answers one request and closes."""

    def __init__(
        self, transport: asyncio.Transport, tap: Tap, why: str, on_over: Callable[[], None]
    ) -> None:
        """Answer with `why` what `tap` sees on `transport`; tell `on_over` of the client's end."""
        self._transport = transport
        self._tap = tap
        self._why = why
        self._on_over = on_over
        self._answer()

    def data_received(self, data: bytes) -> None:
        """Read on, until there is a request to answer."""
        if not self._transport.is_closing():
            self._tap.asked(data)
            self._answer()

    def _answer(self) -> None:
        """Answer once a request is complete or waits to be told to go on; hang up on no HTTP."""
        call = self._tap.waiting_call
        if call:
            answer = refusal(self._why, with_body=call.method != "HEAD")
            self._transport.write(answer)
            self._tap.answered(answer)
        if call or not self._tap.is_reading:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Tell that the client is gone."""
        self._tap.stop()
        self._on_over()


def refusal(why: str, *, with_body: bool) -> bytes:
    """Give a response that says `why` as JSON."""
    body = json.dumps({"error": why}).encode()
    head = (
        "HTTP/1.1 502 Bad Gateway\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")
