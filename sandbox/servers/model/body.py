"""Read a request's body, whole and within limits; send a response."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from sandbox.servers.model.refusal import BadRequest, TooLarge

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

LARGEST = 64 * 1024 * 1024
WINDOW_BITS = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}


class HungUp(Exception):  # noqa: N818 - no fault of anybody's
    """The client went away before its request was complete."""


async def read_body(receive: Receive) -> bytes:
    """Give the whole body; raises TooLarge and HungUp.

    What is too large is read to its end and thrown away, so that the client hears why.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body"):
        if len(body) > LARGEST:
            raise _too_large()
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        size += len(message.get("body", b""))
        parts.append(message.get("body", b""))
        if size > LARGEST:
            parts.clear()
    if message["type"] != "http.request":
        raise HungUp
    if size > LARGEST:
        raise _too_large()
    return b"".join(parts)


def unpack(body: bytes, encoding: bytes) -> bytes:
    """Give a body as it was before its Content-Encoding; raises BadRequest and TooLarge."""
    coding = encoding.strip().lower()
    if coding in (b"", b"identity"):
        return body
    bits = WINDOW_BITS.get(coding)
    if bits is None:
        raise BadRequest(f"Content-Encoding {encoding.decode('latin-1')!r}: send gzip or deflate")
    stream = zlib.decompressobj(bits)
    try:
        unpacked = stream.decompress(body, LARGEST + 1)
    except zlib.error as error:
        raise BadRequest(f"the body is no {coding.decode()}: {error}") from error
    if len(unpacked) > LARGEST:
        raise _too_large()
    if not stream.eof:
        raise BadRequest(f"the body breaks off: its {coding.decode()} has no end")
    return unpacked


async def respond(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    """Send a response."""
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def content_encoding(scope: Scope) -> bytes:
    """Give a request's Content-Encoding, or nothing."""
    headers = scope["headers"]
    return next((value for name, value in headers if name == b"content-encoding"), b"")


def _too_large() -> TooLarge:
    return TooLarge(f"the body is larger than {LARGEST // 2**20} MB: send fewer rows at a time")
