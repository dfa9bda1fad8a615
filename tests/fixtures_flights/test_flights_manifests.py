"""The manifests of the two days say what lies beside them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from sandbox.fixture_manifest import read_manifest

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ("2013-06-08", "2013-12-31")
TABLES = ["departures", "landings", "weather", "planes", "carrier_delay"]


@pytest.mark.parametrize("day", DAYS)
def test_files_have_the_rows_columns_and_bytes_that_the_manifest_says(
    flights: Path, day: str
) -> None:
    """Every table's sha256, rows, columns and event timestamp are those of its file."""
    manifest = read_manifest(flights / day)
    assert manifest.fixture == f"flights/{day}"
    assert list(manifest.tables) == TABLES
    for table in manifest.tables.values():
        path = flights / day / table.file
        found = duckdb.sql(f"FROM '{path}'")
        assert hashlib.sha256(path.read_bytes()).hexdigest() == table.sha256
        assert len(found) == table.rows
        assert dict(zip(found.columns, map(str, found.types), strict=True)) == table.columns
        assert table.event_timestamp in table.columns


@pytest.mark.parametrize("day", DAYS)
def test_the_manifest_says_where_the_rows_come_from(flights: Path, day: str) -> None:
    """Source, licence, selection of each table and time are in it, and nothing else lies there."""
    said = json.loads((flights / day / "manifest.json").read_text())
    assert said["source"]["licence"] == "CC0"
    assert len(said["source"]["sha256"]) == 64
    assert set(TABLES) < set(said["selection"])
    assert said["when"].endswith("Z")
    files = {table["file"] for table in said["tables"].values()} | {"manifest.json"}
    assert {path.name for path in (flights / day).iterdir()} == files


def test_both_days_share_one_schema(flights: Path) -> None:
    """Columns and types are the same, so one feature table takes the rows of both."""
    first, second = (read_manifest(flights / day).tables for day in DAYS)
    assert {name: list(first[name].columns.items()) for name in first} == {
        name: list(second[name].columns.items()) for name in second
    }


@pytest.mark.parametrize("day", DAYS)
def test_each_key_names_one_row_and_rows_lie_in_the_order_of_their_time(
    flights: Path, day: str
) -> None:
    """The key in the manifest is unique; files are sorted by event timestamp, then key."""
    for table in json.loads((flights / day / "manifest.json").read_text())["tables"].values():
        rows = f"'{flights / day / table['file']}'"
        key = ", ".join(table["key"])
        ((repeated,),) = duckdb.sql(
            f"SELECT count(*) - count(DISTINCT ({key})) FROM {rows}"
        ).fetchall()
        assert repeated == 0, table["file"]
        order = f"({table['event_timestamp']}, {key})"
        ((unsorted,),) = duckdb.sql(
            f"SELECT count(*) FROM (SELECT {order} AS mine, lag(mine) OVER (ORDER BY row) AS former"
            f" FROM (SELECT *, file_row_number AS row"
            f" FROM read_parquet({rows}, file_row_number = true)))"
            " WHERE mine < former"
        ).fetchall()
        assert unsorted == 0, table["file"]
