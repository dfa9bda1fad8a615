"""Find the fixture tables that a file of the user's names, with the error at that place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.errors import FixtureError
from sandbox.fixture_manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.config.definition import Config
    from sandbox.document import Key
    from sandbox.document.verify import Verify
    from sandbox.fixture_manifest import FixtureTable


def tables_of(config: Config, fixture: str, key: Key, verify: Verify) -> Mapping[str, FixtureTable]:
    """Give the tables of the fixture that is named at `key`; raises where there is none."""
    try:
        return read_manifest(config.folder / config.fixtures / fixture).tables
    except FixtureError as problem:
        message = f"{problem.where}: {problem.message}" if problem.where else problem.message
        raise verify.wrong(key, message, problem.hint) from problem


def columns_of(config: Config, reference: str, key: Key, verify: Verify) -> Mapping[str, str]:
    """Give the columns, with their types, of the `fixture/table` that is named at `key`."""
    fixture, slash, table = reference.rpartition("/")
    verify(slash, key, f"{reference!r} is no fixture table", "write it as fixture/table")
    tables = tables_of(config, fixture, key, verify)
    verify.known(table, tables, key, "table", of=fixture)
    return tables[table].columns
