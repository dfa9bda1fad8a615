"""Write uploaded rows into a table: one row for each entity and event timestamp, the last wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from sandbox.servers.features import catalog, check
from sandbox.servers.features.database import quote, run, stored, transaction
from sandbox.servers.features.staging import ROW, STAGING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.servers.features.database import Cursor
    from sandbox.servers.features.definitions import Column, Definition
    from sandbox.servers.features.table import Table

Mode = Literal["append", "replace"]


class Written(msgspec.Struct, frozen=True):
    """What a write did.

    `rows` were written; of those `replaced` took the place of a row of the same entity and event
    timestamp; `collapsed` uploaded rows were overtaken by a later one of the same upload.
    """

    table: str
    mode: Mode
    rows: int
    replaced: int
    collapsed: int
    version: int
    notes: list[str]


def write(cursor: Cursor, table: Table, mode: Mode, uploaded: Sequence[Column]) -> Written:
    """Write the staged rows, all or none; what is written stays in the temporary table `clean`.

    Raises BadRequest, and changes nothing, where a row does not fit.
    """
    name, definition = table.name, table.definition
    present = table.columns if mode == "append" else ()
    columns = check.fit(cursor, definition, uploaded, present)
    notes = check.notes(cursor, definition.event_timestamp, uploaded)
    staged, kept = _clean(cursor, definition, columns)
    replaced = 0
    with transaction(cursor):
        if present:
            replaced = _delete_overtaken(cursor, stored(name), definition)
            run(cursor, f"INSERT INTO {stored(name)} BY NAME FROM clean")
        else:
            run(cursor, f"CREATE OR REPLACE TABLE {stored(name)} AS FROM clean")
        version = catalog.touch(cursor, name)
    return Written(name, mode, kept, replaced, staged - kept, version, notes)


def _clean(cursor: Cursor, definition: Definition, columns: Sequence[Column]) -> tuple[int, int]:
    """Cast the staged rows and keep the last of each key; gives how many were and how many are."""
    cast = ", ".join(f"CAST({quote(c.name)} AS {c.type}) AS {quote(c.name)}" for c in columns)
    keys = ", ".join(quote(key) for key in definition.keys)
    row = quote(ROW)
    run(
        cursor,
        f"CREATE OR REPLACE TEMP TABLE clean AS SELECT * EXCLUDE ({row}) FROM"
        f" (SELECT {row}, {cast} FROM {STAGING})"
        f" QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {row} DESC) = 1",
    )
    counts = f"SELECT (SELECT count(*) FROM {STAGING}), (SELECT count(*) FROM clean)"
    ((staged, kept),) = run(cursor, counts)
    return staged, kept


def _delete_overtaken(cursor: Cursor, table: str, definition: Definition) -> int:
    same = " AND ".join(f"old.{quote(key)} = clean.{quote(key)}" for key in definition.keys)
    ((count,),) = run(cursor, f"DELETE FROM {table} AS old USING clean WHERE {same}")
    return int(count)
