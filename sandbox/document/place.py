"""A document: values as they were written, and where each of them stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.errors import Where

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The path of a value: names of keys, and positions in lists (from 0).
Key = tuple[str | int, ...]
BARE = re.compile(r"[\w-]+")
FIRST_LINE = 1


@dataclass(frozen=True, slots=True)
class Document:
    """Values as they were written, and the line (from 1) of each by its path."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Key, int] = field(default_factory=dict)

    def where(self, key: Key = ()) -> Where:
        """Give the place of a value, or of the nearest one around it that was written."""
        around = key
        while around and around not in self.lines:
            around = around[:-1]
        return Where(self.path, self.lines.get(around, FIRST_LINE), dotted(key) or None)

    def has(self, key: Key) -> bool:
        """Tell whether a value was written at this path."""
        return key in self.lines


def dotted(key: Key) -> str:
    """Write a path as people do: `stream.topics."a.b".partitions`, `steps[0].produce`."""
    written = ""
    for part in key:
        if isinstance(part, int):
            written += f"[{part}]"
            continue
        name = part if BARE.fullmatch(part) else f'"{part}"'
        written += f".{name}" if written else name
    return written
