"""Find the line of each key of a TOML text: tomllib gives values without their places.

The text must be valid TOML (tomllib has read it), so nothing here looks for errors.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.document.place import Key

BASIC = r'"(?:\\.|[^"\\])*"'
LITERAL = r"'[^']*'"
PART = re.compile(rf"[\w-]+|{BASIC}|{LITERAL}")
# Up to two quotes may stand before the three that end a text of several lines.
STRING = re.compile(
    rf'"""(?:\\.|[^\\])*?"""(?:"{{0,2}})|\'\'\'.*?\'\'\'(?:\'{{0,2}})|{BASIC}|{LITERAL}', re.DOTALL
)
BARE_VALUE = re.compile(r"[^,\]}\n#]+")
SPACE = re.compile(r"[ \t]*")
SPACE_AND_COMMENTS = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")


def toml_lines(text: str) -> dict[Key, int]:
    """Give the line (from 1) at which each key, and each value of a list, is first written."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """Goes through the text once, from construct to construct."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Key, int] = {}
        self._counted_to = 0
        self._line = 1
        self._tables: dict[Key, int] = {}  # how many tables each array of tables has so far

    def document(self) -> None:
        table: Key = ()
        while not self._is_at_end():
            if self._takes("[["):
                table = self._header(more=True)
            elif self._takes("["):
                table = self._header(more=False)
            else:
                self._assignment(table)

    def _header(self, *, more: bool) -> Key:
        line = self._now()
        *outer, last = self._parts()
        table: Key = ()
        for part in outer:
            table = self._newest((*table, part))
            self.lines.setdefault(table, line)
        table = (*table, last)
        self._skip(SPACE)
        self.at += 2 if more else 1
        if more:
            self._tables[table] = self._tables.get(table, 0) + 1
            self.lines.setdefault(table, line)
            table = self._newest(table)
        self.lines[table] = line
        return table

    def _newest(self, table: Key) -> Key:
        """Give the table itself, or the last table of an array of tables."""
        return (*table, self._tables[table] - 1) if table in self._tables else table

    def _assignment(self, table: Key) -> None:
        line = self._now()
        key = table
        for part in self._parts():
            key = (*key, part)
            self.lines.setdefault(key, line)
        self._skip(SPACE)
        self.at += len("=")
        self._skip(SPACE)
        self._value(key)

    def _parts(self) -> list[str]:
        """Read a dotted key."""
        parts = []
        while True:
            self._skip(SPACE)
            parts.append(_unquoted(self._skip(PART)))
            self._skip(SPACE)
            if not self._takes("."):
                return parts

    def _value(self, key: Key) -> None:
        if self._takes("["):
            self._list(key)
        elif self._takes("{"):
            while not self._is_closed("}"):
                self._assignment(key)
        elif not self._skip(STRING):
            self._skip(BARE_VALUE)

    def _list(self, key: Key) -> None:
        position = 0
        while not self._is_closed("]"):
            self.lines[(*key, position)] = self._now()
            self._value((*key, position))
            position += 1

    def _is_closed(self, bracket: str) -> bool:
        """Step over commas, space and comments; tell whether `bracket` follows, and over it."""
        self._skip(SPACE_AND_COMMENTS)
        if self._takes(","):
            self._skip(SPACE_AND_COMMENTS)
        return self._takes(bracket)

    def _is_at_end(self) -> bool:
        self._skip(SPACE_AND_COMMENTS)
        return self.at >= len(self.text)

    def _takes(self, word: str) -> bool:
        found = self.text.startswith(word, self.at)
        self.at += len(word) if found else 0
        return found

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    def _now(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line


def _unquoted(part: str) -> str:
    if part.startswith('"'):
        key: str = tomllib.loads(f"key = {part}")["key"]
        return key
    return part.strip("'")
