"""Read a TOML file, keeping the line of every key."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from sandbox.document.place import Document
from sandbox.document.text import read_text
from sandbox.document.toml_lines import toml_lines
from sandbox.errors import Where

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.errors import InvalidFileError

# How tomllib ends its messages; newer versions have attributes, 3.11 has only this.
POSITION = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


def read_toml(path: Path, error: type[InvalidFileError]) -> Document:
    """Read a TOML 1.0 file; raises `error` with the line where it is none."""
    text = read_text(path, error)
    try:
        return Document(path, tomllib.loads(text), toml_lines(text))
    except ValueError as problem:
        found = POSITION.search(str(problem))
        line = int(found["line"]) if found and found["line"] else len(text.splitlines())
        message = POSITION.sub("", str(problem))
        raise error(f"this is not valid TOML: {message}", where=Where(path, line)) from problem
    except RecursionError as problem:
        raise error("its values are nested too deeply", where=Where(path)) from problem
