"""Read HTTP/1 messages out of a stream of bytes: heads by llhttp, bodies by their framing. No I/O.

httptools' parsers read heads only: fed a whole stream they take the answer to a HEAD for one with
a body, and a request that offers an upgrade for one without, and neither tells where it ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

import httptools

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_HEAD = 256 * 1024
LONGEST_LINE = 64 * 1024
HEAD_END = b"\r\n\r\n"
LINE_END = b"\r\n"


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


class Listener(Protocol):
    """Who is told of messages."""

    def on_head(self, head: Head) -> Framing:
        """Take a head, and say what ends the body that follows."""

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body, its chunks undone."""

    def on_end(self) -> None:
        """Take note that the message is complete."""


class MessageReader:
    """Reads one direction of a connection, in pieces of any size."""

    def __init__(self, parse_head: Callable[[bytes], Head], listener: Listener) -> None:
        """Read heads with `parse_head` (of requests or of responses)."""
        self._parse_head = parse_head
        self._listener = listener
        self._read: Callable[[bytes], bytes] = self._read_head
        self._kept = b""
        self._left = 0

    @property
    def between_messages(self) -> bool:
        """Tell whether every message that began is complete."""
        return self._read == self._read_head and not self._kept

    def feed(self, content: bytes) -> None:
        """Take what came; raises MalformedError, after which the reader is of no use."""
        while content:
            content = self._read(content)

    def end(self) -> None:
        """Take note that nothing more comes: the end of a body that lasts until then."""
        if self._read == self._read_until_close:
            self._finish()

    def _take(self, content: bytes, end: bytes, longest: int) -> tuple[bytes | None, bytes]:
        """Give what was kept up to `end`, and the rest; None where `end` has not come yet."""
        kept = self._kept + content
        place = kept.find(end)
        # What is kept without an end may hold all of the end but its last byte.
        if (place if place >= 0 else len(kept) - len(end) + 1) > longest:
            raise MalformedError(f"nothing ends within {longest} bytes")
        if place < 0:
            self._kept = kept
            return None, b""
        self._kept = b""
        return kept[: place + len(end)], kept[place + len(end) :]

    def _read_head(self, content: bytes) -> bytes:
        if not self._kept:
            content = content.lstrip(LINE_END)
        taken, rest = self._take(content, HEAD_END, LONGEST_HEAD)
        if taken is not None:
            head = self._parse_head(taken)
            self._begin_body(head, self._listener.on_head(head))
        return rest

    def _begin_body(self, head: Head, framing: Framing) -> None:
        match framing:
            case Framing.CHUNKED:
                self._read = self._read_chunk_size
            case Framing.COUNTED if head.length:
                self._left = head.length
                self._read = self._read_counted
            case Framing.UNTIL_CLOSE:
                self._read = self._read_until_close
            case _:
                self._finish()

    def _finish(self) -> None:
        self._read = self._read_head
        self._listener.on_end()

    def _read_counted(self, content: bytes) -> bytes:
        rest = self._pass_on(content)
        if not self._left:
            self._finish()
        return rest

    def _read_until_close(self, content: bytes) -> bytes:
        self._listener.on_body(content)
        return b""

    def _read_chunk_size(self, content: bytes) -> bytes:
        line, rest = self._take(content, LINE_END, LONGEST_LINE)
        if line is not None:
            self._left = _chunk_size(line)
            self._read = self._read_chunk if self._left else self._read_trailer
        return rest

    def _read_chunk(self, content: bytes) -> bytes:
        rest = self._pass_on(content)
        if not self._left:
            self._read = self._read_chunk_end
        return rest

    def _read_chunk_end(self, content: bytes) -> bytes:
        line, rest = self._take(content, LINE_END, 0)
        if line is not None:
            self._read = self._read_chunk_size
        return rest

    def _read_trailer(self, content: bytes) -> bytes:
        line, rest = self._take(content, LINE_END, LONGEST_LINE)
        if line == LINE_END:
            self._finish()
        return rest

    def _pass_on(self, content: bytes) -> bytes:
        piece = content[: self._left]
        self._left -= len(piece)
        self._listener.on_body(piece)
        return content[len(piece) :]


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise MalformedError("a chunk without a size")
    return int(digits, 16)
