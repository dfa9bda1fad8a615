"""The fixtures of flights: their folder, and SQL over the tables of one day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sandbox.fixture_manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ask = Callable[[str], list[tuple[Any, ...]]]

DAYS = ("2013-06-08", "2013-12-31")


@pytest.fixture(scope="session")
def flights() -> Path:
    """Give the folder of the fixtures of flights."""
    return Path(__file__).parents[2] / "fixtures" / "flights"


def tables_of(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the tables of a day as views; moments are read as UTC."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    for name, table in read_manifest(folder).tables.items():
        database.execute(f"CREATE VIEW {name} AS FROM '{folder / table.file}'")
    return database


@pytest.fixture(scope="session")
def june(flights: Path) -> Iterator[Ask]:
    """Ask the tables of 2013-06-08, a plain Saturday."""
    database = tables_of(flights / DAYS[0])
    yield lambda query: database.execute(query).fetchall()
    database.close()


@pytest.fixture(scope="session")
def december(flights: Path) -> Iterator[Ask]:
    """Ask the tables of 2013-12-31, a day without weather."""
    database = tables_of(flights / DAYS[1])
    yield lambda query: database.execute(query).fetchall()
    database.close()


@pytest.fixture(params=["june", "december"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask the tables of each day in turn."""
    asked: Ask = request.getfixturevalue(request.param)
    return asked
