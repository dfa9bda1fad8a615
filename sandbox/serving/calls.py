"""The call log: what was asked of a server and what it answered, one line of JSON a call.

Expectations read it as `calls.<service>`. A line has `at` (microseconds since 1970, UTC, when the
request was read), `duration_us`, `method`, `path`, `status`, `request` and `response` (JSON as it
was sent; a body that is not JSON stands as `{"bytes": length}`).

Lines are gathered and written once per turn of the event loop, so a busy server pays one system
call for many requests, and a reader that has its response finds the line a moment later; one that
has asked for the counts first finds every line that they count.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Paths of the server's own house-keeping are no calls of a user's app.
HOUSEKEEPING = ("/sandbox/", "/health", "/v2/health", "/metrics")


class CallLog:
    """An append-only file of calls; `in_flight` and `total` count them."""

    def __init__(self, path: Path) -> None:
        """Open `path` for appending, making it where it is missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lines: list[bytes] = []
        self._flush_is_due = False
        self.in_flight = 0
        self.total = 0

    def add(
        self,
        *,
        at: int,
        method: str,
        path: str,
        status: int,
        request: bytes,
        response: bytes,
        json_bodies: tuple[bool, bool] = (True, True),
    ) -> None:
        """Record one call that began `at` (microseconds since 1970) and has just been answered."""
        duration = time.time_ns() // 1000 - at
        head = b'{"at":%d,"duration_us":%d,"method":"%b","path":%b,"status":%d' % (
            at,
            duration,
            method.encode(),
            msgspec.json.encode(path),
            status,
        )
        asked = as_json(request) if json_bodies[0] else _size(request)
        answered = as_json(response) if json_bodies[1] else _size(response)
        self._lines.append(b'%b,"request":%b,"response":%b}\n' % (head, asked, answered))
        self.total += 1
        if not self._flush_is_due:
            self._flush_is_due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def counts(self) -> dict[str, int]:
        """Give `in_flight` and `calls`; every call that is counted is in the file by then."""
        self.flush()
        return {"in_flight": self.in_flight, "calls": self.total}

    def flush(self) -> None:
        """Hand what was gathered to the operating system."""
        self._flush_is_due = False
        lines, self._lines = self._lines, []
        if lines:
            os.write(self._fd, b"".join(lines))

    def truncate(self) -> None:
        """Forget every call; the file stays, and stays open."""
        self.flush()
        os.ftruncate(self._fd, 0)
        self.total = 0

    def close(self) -> None:
        """Flush and close the file."""
        self.flush()
        os.close(self._fd)


def as_json(body: bytes) -> bytes:
    """Give a JSON body as it may stand inside one line, and null for an empty one."""
    if not body:
        return b"null"
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
        body.decode()  # msgspec lets text that is no UTF-8 pass; who reads the log does not
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _size(body)
    return body.replace(b"\n", b" ").replace(b"\r", b" ")


def _size(body: bytes) -> bytes:
    return b'{"bytes":%d}' % len(body)


class RecordCalls:
    """ASGI middleware that writes every call but house-keeping to a CallLog."""

    def __init__(self, app: ASGIApp, log: CallLog) -> None:
        """Wrap `app`."""
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, and record it once the response is complete."""
        if scope["type"] != "http" or scope["path"].startswith(HOUSEKEEPING):
            await self._app(scope, receive, send)
            return
        log = self._log
        at = time.time_ns() // 1000
        asked: list[bytes] = []
        answered: list[bytes] = []
        status = 500

        async def receive_and_keep() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                asked.append(message.get("body", b""))
            return message

        async def send_and_keep(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                answered.append(message.get("body", b""))
            await send(message)

        log.in_flight += 1
        try:
            await self._app(scope, receive_and_keep, send_and_keep)
        finally:
            log.in_flight -= 1
            log.add(
                at=at,
                method=scope["method"],
                path=scope["path"],
                status=status,
                request=b"".join(asked),
                response=b"".join(answered),
            )
