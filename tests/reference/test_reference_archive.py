"""The archive holds each prediction once, however often it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sandbox.reference.archive import COLUMNS, Archive, connect

if TYPE_CHECKING:
    from sandbox import Session

DATE = "2013-06-08"


@pytest.fixture
def archived(sandbox: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Give the sandbox, as an app's environment names it."""
    for name, value in sandbox.env().items():
        monkeypatch.setenv(name, value)
    return sandbox


def prediction(name: str, **changed: Any) -> dict[str, Any]:
    """Give a prediction as it comes from the stream."""
    return {
        "prediction_id": name,
        "scheduled_at": "2013-06-08T10:00:00+00:00",
        "departed_at": "2013-06-08T06:05:00.123456-04:00",
        "carrier": "WN",
        "flight": 2269,
        "origin": "LGA",
        "model_name": "arrival_delay",
        "model_version": "1",
        "probability": 0.25,
        "features": {"hour": 6.0},
        "scored_at": "2013-06-08T10:06:00+00:00",
        **changed,
    }


def rows(sandbox: Session) -> list[tuple[Any, ...]]:
    """Read all of the archive."""
    names = ", ".join(COLUMNS)
    return list(sandbox.sql(f"SELECT {names} FROM parquet('archive/**') ORDER BY 1").rows)


def test_adding_again_changes_nothing(archived: Session) -> None:
    """The same batch, by the same process or by one that knows of nothing, leaves the same rows."""
    batch = [prediction("a"), prediction("b", probability=0.5)]
    archive = Archive(connect(), "archive")
    archive.add(DATE, 0, batch)
    first = rows(archived)
    assert [row[0] for row in first] == ["a", "b"]
    assert first[0] == (
        "a",
        "2013-06-08T10:00:00Z",
        "2013-06-08T10:05:00.123456Z",
        "WN",
        2269,
        "LGA",
        "arrival_delay",
        "1",
        0.25,
        "2013-06-08T10:06:00Z",
    )
    archive.add(DATE, 0, batch)
    assert rows(archived) == first
    archive.forget()
    archive.add(DATE, 0, batch[:1])
    assert rows(archived) == first
    Archive(connect(), "archive").add(DATE, 0, batch)
    assert rows(archived) == first
    (listed,) = archived.sql("SELECT key FROM objects.archive").rows
    assert listed == ("predictions/date=2013-06-08/partition=0.parquet",)


def test_a_prediction_that_comes_again_takes_the_place_of_the_former(archived: Session) -> None:
    """What is known by one id is there once, as it came last; each partition has its file."""
    archive = Archive(connect(), "archive")
    archive.add(DATE, 0, [prediction("a"), prediction("b"), prediction("a", probability=0.75)])
    archive.add(DATE, 1, [prediction("c")])
    Archive(connect(), "archive").add(DATE, 0, [prediction("b", model_version="2")])
    found = {row[0]: (row[7], row[8]) for row in rows(archived)}
    assert found == {"a": ("1", 0.75), "b": ("2", 0.25), "c": ("1", 0.25)}


def test_a_batch_that_cannot_be_written_changes_nothing(archived: Session) -> None:
    """After a failure the archive is as it was, and takes the next batch."""
    archive = Archive(connect(), "archive")
    archive.add(DATE, 0, [prediction("a")])
    with pytest.raises(duckdb.Error):
        archive.add(DATE, 0, [prediction("b", flight="many")])
    archive.add(DATE, 0, [prediction("c")])
    assert [row[0] for row in rows(archived)] == ["a", "c"]
