"""The head of an HTTP/1 message, read by llhttp, and what it says of the body. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import httptools

FINAL = range(200, 600)
WITHOUT_BODY = (204, 304)


class MalformedError(Exception):
    """The bytes are no HTTP/1 that this reader knows."""


class Framing(Enum):
    """What says where a body ends."""

    NONE = auto()
    COUNTED = auto()
    CHUNKED = auto()
    UNTIL_CLOSE = auto()


@dataclass(slots=True)
class Head:
    """The start of a message: `method` and `target` of a request, or `status` of a response."""

    method: str = ""
    target: bytes = b""
    status: int = 0
    length: int | None = None
    chunked: bool = False
    expects_continue: bool = False
    is_complete: bool = False

    def on_url(self, target: bytes) -> None:
        """Take the request's target."""
        self.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take what the framing hangs on."""
        match name.lower():
            case b"content-length":
                self.length = int(value)
            case b"transfer-encoding":
                self.chunked = value.lower().split(b",")[-1].strip() == b"chunked"
            case b"expect":
                self.expects_continue = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        """Note that nothing is missing."""
        self.is_complete = True


def request_head(content: bytes) -> Head:
    """Read the head of a request; raises MalformedError."""
    head = Head()
    parser = httptools.HttpRequestParser(head)
    _feed(parser, content, head)
    head.method = parser.get_method().decode()
    return head


def response_head(content: bytes) -> Head:
    """Read the head of a response; raises MalformedError."""
    head = Head()
    parser = httptools.HttpResponseParser(head)
    _feed(parser, content, head)
    head.status = parser.get_status_code()
    return head


def request_framing(head: Head) -> Framing:
    """Say what ends a request's body (RFC 9112, section 6.3)."""
    if head.chunked:
        return Framing.CHUNKED
    return Framing.COUNTED if head.length else Framing.NONE


def response_framing(method: str, head: Head) -> Framing:
    """Say what ends a response's body (RFC 9112, section 6.3)."""
    if method == "HEAD" or head.status not in FINAL or head.status in WITHOUT_BODY:
        return Framing.NONE
    if head.chunked:
        return Framing.CHUNKED
    return Framing.UNTIL_CLOSE if head.length is None else Framing.COUNTED


def _feed(
    parser: httptools.HttpRequestParser | httptools.HttpResponseParser, content: bytes, head: Head
) -> None:
    try:
        parser.feed_data(content)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        raise MalformedError(str(error)) from error
    if not head.is_complete:
        raise MalformedError("this is no HTTP/1")
