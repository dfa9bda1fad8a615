"""Read HTTP/1 messages out of a stream of bytes: heads by llhttp, bodies by their framing. No I/O.

httptools' parsers read heads only: fed a whole stream they take the answer to a HEAD for one with
a body, and a request that offers an upgrade for one without, and neither tells where it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sandbox.servers.link.head import Framing, Head, MalformedError

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_HEAD = 256 * 1024
LONGEST_LINE = 64 * 1024
HEAD_END = b"\r\n\r\n"
LINE_END = b"\r\n"


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
