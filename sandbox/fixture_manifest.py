"""What a fixture's manifest.json says, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads it at run time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.errors import FixtureError, Where, nearest

if TYPE_CHECKING:
    from pathlib import Path

FILE = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureTable:
    """A table of a fixture: its Parquet file, how many rows, and its columns with their types.

    `event_timestamp` is the column that says when each row became true, where there is one.
    """

    file: str
    rows: int
    sha256: str
    columns: Mapping[str, str]
    event_timestamp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A fixture: its name and its tables. A manifest may say more, which is for people."""

    fixture: str
    tables: Mapping[str, FixtureTable]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a fixture's folder; raises FixtureError where it is missing or wrong."""
    import msgspec  # noqa: PLC0415 - a sandbox without fixtures starts without it

    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError) as problem:
        hint = nearest(folder.name, _beside(folder))
        raise FixtureError(f"there is no fixture at {folder}", hint=hint) from problem
    except OSError as problem:
        message = f"cannot read the manifest: {problem.strerror}"
        raise FixtureError(message, where=Where(path)) from problem
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise FixtureError(
            f"the manifest is wrong: {problem}",
            where=Where(path),
            hint="make the fixture again; its manifest is written by the script that samples it",
        ) from problem


def check_file(folder: Path, name: str, table: FixtureTable) -> Path:
    """Give a table's file; raises FixtureError unless it is the one that the manifest describes."""
    import hashlib  # noqa: PLC0415 - not every command reads fixtures

    path = folder / table.file
    again = "make the fixture again with the script that samples it"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        message = f"cannot read the table {name!r}: {problem.strerror}"
        raise FixtureError(message, where=Where(path), hint=again) from problem
    if digest != table.sha256:
        message = f"the table {name!r} is not the one that {FILE} describes: its sha256 differs"
        raise FixtureError(message, where=Where(path), hint=again)
    return path


def _beside(folder: Path) -> list[str]:
    """Name the fixtures that lie beside a folder that is none."""
    return sorted(path.parent.name for path in folder.parent.glob(f"*/{FILE}"))
