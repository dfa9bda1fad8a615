"""The DuckDB file: opened once, shut off from files and network, spoken to through cursors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Cursor = duckdb.DuckDBPyConnection
FILE = "features.duckdb"
# Uploads in Parquet pass through a file; this folder is all of the disk that SQL can see.
UPLOADS = "uploads"


def open_database(folder: Path) -> Cursor:
    """Open the file in `folder`, making it where it is missing.

    Sessions speak UTC, reach no file outside the uploads folder and no network, and cannot change
    that. Raises duckdb.IOException where another process holds the file.
    """
    uploads = folder / UPLOADS
    uploads.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        str(folder / FILE),
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
    )
    # Not before the file is ours: another server's uploads may be under way.
    for left_over in uploads.iterdir():
        left_over.unlink()
    for setting in (
        "TimeZone = 'UTC'",
        "python_enable_replacements = false",
        f"allowed_directories = [{literal(str(uploads))}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        run(connection, f"SET GLOBAL {setting}")
    return connection


def run(cursor: Cursor, statement: str, parameters: object = None) -> list[Any]:
    """Run a statement to its end and give its rows."""
    return cursor.execute(statement, parameters).fetchall()


@contextmanager
def transaction(cursor: Cursor, *, read_only: bool = False) -> Iterator[None]:
    """Commit at the end, and roll back where the block raises or only reads."""
    run(cursor, "BEGIN TRANSACTION READ ONLY" if read_only else "BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        run(cursor, "ROLLBACK")
        raise
    run(cursor, "ROLLBACK" if read_only else "COMMIT")


def stored(table: str) -> str:
    """Name a table of rows in SQL, in full: a temporary one of that name would hide it."""
    return f"features.main.{quote(table)}"


def quote(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"
