"""What is declared, how often it was written, and the clock: kept in the same file as the rows.

Every change raises one counter, and the table that was changed takes its new value as its version;
so a version never comes twice, not even for a table that was dropped and made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sandbox.servers.features.database import Cursor, run, stored, transaction
from sandbox.servers.features.definitions import Column, Definition, FeatureService

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS catalog;
CREATE TABLE IF NOT EXISTS catalog.tables (name VARCHAR, definition VARCHAR, version BIGINT);
CREATE TABLE IF NOT EXISTS catalog.services (name VARCHAR, definition VARCHAR);
CREATE TABLE IF NOT EXISTS catalog.clock (now BIGINT);
CREATE TABLE IF NOT EXISTS catalog.changes (count BIGINT);
INSERT INTO catalog.changes SELECT 0 WHERE NOT EXISTS (FROM catalog.changes);
"""


def prepare(cursor: Cursor) -> None:
    """Make the catalog where it is missing."""
    with transaction(cursor):
        run(cursor, SCHEMA)


def next_version(cursor: Cursor) -> int:
    """Raise the counter of changes and give it."""
    ((count,),) = run(cursor, "UPDATE catalog.changes SET count = count + 1 RETURNING count")
    return int(count)


def put_table(cursor: Cursor, name: str, definition: Definition) -> int:
    """Declare a table, or declare it anew; gives its version."""
    version = next_version(cursor)
    run(cursor, "DELETE FROM catalog.tables WHERE name = ?", [name])
    text = msgspec.json.encode(definition).decode()
    run(cursor, "INSERT INTO catalog.tables VALUES (?, ?, ?)", [name, text, version])
    return version


def touch(cursor: Cursor, name: str) -> int:
    """Give a table the next version."""
    version = next_version(cursor)
    run(cursor, "UPDATE catalog.tables SET version = ? WHERE name = ?", [version, name])
    return version


def drop_table(cursor: Cursor, name: str) -> None:
    """Forget a table and its rows."""
    next_version(cursor)
    run(cursor, "DELETE FROM catalog.tables WHERE name = ?", [name])
    run(cursor, f"DROP TABLE IF EXISTS {stored(name)}")


def tables(cursor: Cursor) -> Iterator[tuple[str, Definition, int]]:
    """Give each declared table with its version."""
    for name, text, version in run(cursor, "FROM catalog.tables ORDER BY name"):
        yield name, msgspec.json.decode(text, type=Definition), version


def put_service(cursor: Cursor, name: str, service: FeatureService) -> None:
    """Declare a feature service, or declare it anew."""
    run(cursor, "DELETE FROM catalog.services WHERE name = ?", [name])
    text = msgspec.json.encode(service).decode()
    run(cursor, "INSERT INTO catalog.services VALUES (?, ?)", [name, text])


def services(cursor: Cursor) -> dict[str, FeatureService]:
    """Give the declared feature services."""
    found = run(cursor, "FROM catalog.services ORDER BY name")
    return {name: msgspec.json.decode(text, type=FeatureService) for name, text in found}


def set_clock(cursor: Cursor, now: int | None) -> None:
    """Keep the time that was set, in microseconds since 1970; None: none is set."""
    run(cursor, "DELETE FROM catalog.clock")
    if now is not None:
        run(cursor, "INSERT INTO catalog.clock VALUES (?)", [now])


def clock(cursor: Cursor) -> int | None:
    """Give the time that was set."""
    found = run(cursor, "FROM catalog.clock")
    return int(found[0][0]) if found else None


def columns(cursor: Cursor, table: str) -> tuple[Column, ...]:
    """Give the columns of a table of rows; none where it has never been written to."""
    made = run(
        cursor,
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'main' AND table_name = ?"
        " AND NOT temporary",
        [table],
    )
    return columns_of(cursor, stored(table)) if made else ()


def columns_of(cursor: Cursor, source: str) -> tuple[Column, ...]:
    """Give the columns of a table that is there, as SQL names it."""
    relation = cursor.sql(f"FROM {source}")
    found = zip(relation.columns, relation.types, strict=True)
    return tuple(Column(name, str(kind)) for name, kind in found)
