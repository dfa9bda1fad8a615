"""Bring tables into memory: at the start, and after each change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import duckdb

from sandbox.servers.features import catalog, index, index_reader, rows
from sandbox.servers.features.database import Cursor, quote, run, stored, transaction
from sandbox.servers.features.definitions import Column, Definition
from sandbox.servers.features.refusal import BadRequest
from sandbox.servers.features.table import Table

if TYPE_CHECKING:
    from sandbox.servers.features.rows import Mode, Written

# An index takes so many rows one by one, or as many as there are; more, and it is read anew.
FEW = 1_000

Stage = Callable[[Cursor], tuple[Column, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """A table as it is after a commit; `added` rows are yet to be put into its index."""

    table: Table
    added: Sequence[tuple[Any, int, Sequence[Any]]] = ()


def read_tables(cursor: Cursor) -> dict[str, Table]:
    """Read every table that is declared, with its index."""
    return {
        name: read_table(cursor, name, definition, version)
        for name, definition, version in catalog.tables(cursor)
    }


def read_table(cursor: Cursor, name: str, definition: Definition, version: int) -> Table:
    """Read one table, with its index."""
    columns = catalog.columns(cursor, name)
    if not columns:
        return Table(name, definition, (), 0, None, version, index.empty())
    built = index_reader.build(cursor, name, definition, columns)
    return _counted(cursor, Table(name, definition, columns, 0, None, version, built))


def define(cursor: Cursor, name: str, definition: Definition) -> Change:
    """Declare a table and commit."""
    with transaction(cursor):
        version = catalog.put_table(cursor, name, definition)
    return Change(read_table(cursor, name, definition, version))


def write(cursor: Cursor, table: Table, mode: Mode, stage: Stage) -> tuple[Change, Written]:
    """Write the rows that `stage` stages, and commit; raises BadRequest and changes nothing."""
    definition = table.definition
    try:
        written = _commit(cursor, table, mode, stage)
        # Rows that were overtaken stay in the index until it is read anew.
        worn = table.index.added + written.rows > max(FEW, table.rows)
        if mode == "replace" or not table.columns or worn:
            return Change(read_table(cursor, table.name, definition, written.version)), written
        added = index_reader.read_added(cursor, "clean", definition, table.columns)
    finally:
        _forget_staged(cursor)
    current = _counted(cursor, replace(table, version=written.version))
    return Change(current, added), written


def _commit(cursor: Cursor, table: Table, mode: Mode, stage: Stage) -> Written:
    try:
        return rows.write(cursor, table, mode, stage(cursor))
    except duckdb.Error as error:
        raise BadRequest(str(error)) from error


def _counted(cursor: Cursor, table: Table) -> Table:
    """Give the table with the rows and the newest event that the file has now."""
    newest = f"max(epoch_us({quote(table.definition.event_timestamp)}))"
    ((rows, moment),) = run(cursor, f"SELECT count(*), {newest} FROM {stored(table.name)}")
    return replace(table, rows=rows, newest=moment)


def _forget_staged(cursor: Cursor) -> None:
    for name in ("staging", "clean"):
        run(cursor, f"DROP TABLE IF EXISTS {name}")
