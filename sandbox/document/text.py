"""Read a file of the user's as text; what may be wrong with it before anybody parses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.errors import Where, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.errors import InvalidFileError


def read_text(path: Path, error: type[InvalidFileError]) -> str:
    """Read UTF-8 text, with or without a byte order mark; raises `error` where that fails."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise error("there is no such file", where=Where(path), hint=_meant(path)) from problem
    except IsADirectoryError as problem:
        raise error(
            "this is a folder, and a file is wanted", where=Where(path), hint=_inside(path)
        ) from problem
    except OSError as problem:
        raise error(
            f"cannot read the file: {problem.strerror}",
            where=Where(path),
            hint="make it readable for the user who runs the sandbox",
        ) from problem
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise error(
            f"this is not UTF-8 text (byte {problem.start})",
            where=Where(path, line),
            hint="save the file as UTF-8",
        ) from problem


def _meant(path: Path) -> str:
    """Say which file beside the missing one was probably meant."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either"
    beside = _files(path.parent, path.suffix)
    return nearest(path.name, beside) if beside else f"nothing in {path.parent} looks like one"


def _inside(folder: Path) -> str:
    return f"files in it: {', '.join(_files(folder, '')) or 'none'}"


def _files(folder: Path, suffix: str) -> list[str]:
    """List files by name, only those that end in `suffix` where there is one; none unread."""
    try:
        return sorted(
            each.name
            for each in folder.iterdir()
            if each.is_file() and each.suffix in (suffix or each.suffix)
        )
    except OSError:
        return []
