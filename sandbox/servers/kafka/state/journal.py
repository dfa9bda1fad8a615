"""An append-only file of facts, a line of JSON each: topics, settings, offsets, producer ids.

A fact has a key; a later fact of the same key replaces it, and one whose value is null removes it.
When the file is opened it is read, and written anew without what was replaced. A line that is no
fact (the process was killed while it wrote it, or the disk was full) is left out, and said.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# Facts after which the file is written anew, unless it has as many that are still true.
COMPACT_AFTER = 50_000


class Journal:
    """Facts by key; what `put` returned from survives the end of this process."""

    def __init__(self, path: Path) -> None:
        """Read what is there; `cut` is how many bytes of it were no facts."""
        self._path = path
        self.facts: dict[str, Any] = {}
        self.cut = 0
        if path.exists():
            self._read()
        self._compact()

    def _read(self) -> None:
        *lines, torn = self._path.read_bytes().split(b"\n")
        self.cut = len(torn)
        for line in lines:
            try:
                key, value = json.loads(line)
            except (ValueError, TypeError):
                self.cut += len(line) + 1
            else:
                self._take(str(key), value)
        if self.cut:
            print(f"{self._path.name}: cut {self.cut} bytes that are no facts", file=sys.stderr)  # noqa: T201 - a server's log is its standard error

    def _take(self, key: str, value: Any) -> None:
        if value is None:
            self.facts.pop(key, None)
        else:
            self.facts[key] = value

    def _compact(self) -> None:
        partial = self._path.with_suffix(".partial")
        lines = [_line(key, value) for key, value in self.facts.items()]
        partial.write_bytes(b"".join(lines))
        partial.replace(self._path)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._written = len(lines)

    @property
    def put_count(self) -> int:
        """How many facts the file holds, those that were replaced among them."""
        return self._written

    def put(self, *facts: tuple[str, Any]) -> None:
        """Write facts in one piece; None as a value removes. Raises OSError, and then knows none."""
        self._write(b"".join(_line(key, value) for key, value in facts))
        for key, value in facts:
            self._take(key, value)
        self._written += len(facts)
        if self._written > max(COMPACT_AFTER, 2 * len(self.facts)):
            os.close(self._fd)
            self._compact()

    def _write(self, data: bytes) -> None:
        size = os.fstat(self._fd).st_size
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            # Half a line would spoil the one that follows it.
            os.ftruncate(self._fd, size)
            raise

    def under(self, prefix: str) -> dict[str, Any]:
        """Give the facts whose key begins with `prefix`, without it."""
        return {
            key.removeprefix(prefix): value
            for key, value in self.facts.items()
            if key.startswith(prefix)
        }

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


def _line(key: str, value: Any) -> bytes:
    return json.dumps([key, value], separators=(",", ":")).encode() + b"\n"
