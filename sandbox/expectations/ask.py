"""Ask what a claim or a hop asks: one query that reads, never a statement that changes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sandbox.errors import UsageError

if TYPE_CHECKING:
    from sandbox.services.snapshot import Snapshot
    from sandbox.services.sql import Rows

# DuckDB's kinds of statement that answer with rows and change nothing; PIVOT is a MULTI.
READING = ("SELECT", "MULTI")


def ask(snapshot: Snapshot, text: str) -> Rows:
    """Give the answer; raises UsageError where it is no query or cannot run.

    A SET or a DROP answers without rows, which would look like a claim that held.
    """
    import duckdb  # noqa: PLC0415 - 70 ms

    # What cannot be parsed is told better below.
    with suppress(duckdb.Error):
        for statement in duckdb.extract_statements(text):
            kind = statement.type.name
            if kind not in READING:
                raise UsageError(f"SQL: {kind} is no query", hint="SELECT what is to be judged")
    return snapshot.query(text)
