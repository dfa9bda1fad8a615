"""Reads the primitive types of Kafka's protocol, in the old and in the compact form (KIP-482)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Entry = TypeVar("Entry")

INT16 = struct.Struct(">h")
INT32 = struct.Struct(">i")
# An unsigned varint has at most five bytes of seven bits.
LONGEST_SHIFT = 28


class Reader:
    """A place in a message; each call reads one thing and goes on after it.

    All raise struct.error, IndexError or ValueError where the bytes end too early or make no sense.
    """

    def __init__(self, data: memoryview, *, is_compact: bool) -> None:
        """Begin at the first byte."""
        self._data = data
        self._at = 0
        self._is_compact = is_compact

    def take(self, size: int) -> memoryview:
        """Give so many bytes, as a view of the message."""
        end = self._at + size
        if size < 0 or end > len(self._data):
            raise IndexError("the message ends too early")
        found = self._data[self._at : end]
        self._at = end
        return found

    def unpack(self, kind: struct.Struct) -> tuple[Any, ...]:
        """Give numbers of fixed sizes."""
        found = kind.unpack_from(self._data, self._at)
        self._at += kind.size
        return found

    def int32(self) -> int:
        """Give a number of four bytes."""
        return int(self.unpack(INT32)[0])

    def varint(self) -> int:
        """Give an unsigned number of one to five bytes."""
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the high bit says that another byte follows
                return value
            shift += 7
            if shift > LONGEST_SHIFT:
                raise ValueError("a number has no end")

    def _length(self, old: struct.Struct) -> int:
        """Give a length; -1 for null."""
        return self.varint() - 1 if self._is_compact else int(self.unpack(old)[0])

    def text(self) -> str | None:
        """Give a text, or None."""
        length = self._length(INT16)
        return None if length < 0 else bytes(self.take(length)).decode()

    def blob(self) -> memoryview | None:
        """Give bytes as a view of the message, or None."""
        length = self._length(INT32)
        return None if length < 0 else self.take(length)

    def entries(self, read: Callable[[], Entry]) -> list[Entry]:
        """Give what `read` gives as often as the list is long; nothing for a null list."""
        return [read() for _ in range(self._length(INT32))]

    def rest(self) -> memoryview:
        """Give all that was not read yet."""
        return self._data[self._at :]

    def skip_tags(self) -> None:
        """Go past tagged fields that nobody here knows."""
        if self._is_compact:
            for _ in range(self.varint()):
                self.varint()
                self.take(self.varint())
