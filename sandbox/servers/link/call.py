"""A call as it is seen from outside: what is kept of it until it is over. No I/O."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass, field
from typing import Protocol

import httptools

# The status of a call whose response never was complete.
NO_RESPONSE = 0

LONGEST_BODY = 1_000_000


class Body:
    """What is kept of a body: all of it up to LONGEST_BODY, beyond that its size."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Take a piece."""
        self._size += len(piece)
        if self._size <= LONGEST_BODY:
            self._pieces.append(piece)
        else:
            self._pieces.clear()

    def kept(self) -> bytes:
        """Give the body, or JSON that tells its size in its stead."""
        if self._size > LONGEST_BODY:
            return b'{"bytes":%d}' % self._size
        return b"".join(self._pieces)


@dataclass(slots=True)
class Call:
    """A request and its response; `at` is in microseconds since 1970."""

    at: int
    method: str
    path: str
    status: int = NO_RESPONSE
    request: Body = field(default_factory=Body)
    response: Body = field(default_factory=Body)
    expects_continue: bool = False
    asked: bool = False
    answered: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether request and response are complete."""
        return self.asked and self.answered


class Recorder(Protocol):
    """Who is told of calls."""

    def begin(self, call: Call) -> None:
        """Take note of a call in flight."""

    def end(self, call: Call) -> None:
        """Take note that a call is over."""


def path_of(target: bytes) -> str:
    """Give the path that a request's target names, decoded, without its query."""
    try:
        path = httptools.parse_url(target).path or b"/"
    except httptools.HttpParserInvalidURLError:
        path = target.partition(b"?")[0]
    return urllib.parse.unquote(path.decode("latin-1"))
