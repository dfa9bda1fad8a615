"""Writing rows: all or none, the last of each entity and moment, errors by column and row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from feature_process import ARROW, PARQUET, as_arrow, as_parquet, succeed

if TYPE_CHECKING:
    from feature_process import FeatureProcess

GOOD = {"origin": "LGA", "at": "2013-06-08T11:00:00Z", "temp": 1.0, "gust": None, "vis": 1}
ALL = "SELECT * FROM weather ORDER BY ALL"


def test_three_formats_are_one(server: FeatureProcess) -> None:
    """Parquet, Arrow and JSON of the same rows make the same table."""
    moments = [datetime(2013, 6, 8, hour, tzinfo=UTC) for hour in (1, 2)]
    rows = pa.table({"key": ["a", "b"], "at": moments, "x": [1.5, None], "n": [1, 2]})
    plain = [{**row, "at": row["at"].isoformat()} for row in rows.to_pylist()]
    seen = []
    for kind, body in ((PARQUET, as_parquet(rows)), (ARROW, as_arrow(rows)), (None, plain)):
        server.define("t", ["key"], "at")
        headers = {"Content-Type": kind} if kind else {}
        succeed(server.ask("POST", "/sandbox/tables/t/rows", body, headers))
        columns = server.get("/sandbox/tables/t")["columns"]
        seen.append(
            (columns, server.sql("FROM t ORDER BY ALL"), server.read_online(["t:x"], key=["a"]))
        )
        succeed(server.ask("DELETE", "/sandbox/tables/t"))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1] == rows.to_pylist()


def test_same_entity_and_moment_replaces(weather: FeatureProcess) -> None:
    """A row of an entity and moment that is there takes its place, and that is said."""
    said = weather.write("weather", [{**GOOD, "origin": "JFK", "temp": 99.0}, GOOD])
    assert (said["rows"], said["replaced"], said["collapsed"]) == (2, 1, 0)
    found = weather.read_online(["weather:temp"], origin=["JFK", "LGA"])
    assert found["temp"] == [99.0, 1.0]
    assert weather.sql("SELECT count(*) AS n FROM weather") == [{"n": 4}]


def test_last_of_an_upload_wins(weather: FeatureProcess) -> None:
    """Of rows of one entity and moment in one upload the last is kept, and that is said."""
    said = weather.write("weather", [{**GOOD, "temp": number} for number in (1.0, 2.0, 3.0)])
    assert (said["rows"], said["replaced"], said["collapsed"]) == (1, 0, 2)
    assert weather.read_online(["weather:temp"], origin=["LGA"])["temp"] == [3.0]


def test_replace_forgets_what_was_there(weather: FeatureProcess) -> None:
    """mode=replace leaves the new rows alone, with their own columns."""
    weather.write("weather", [{"origin": "LGA", "at": GOOD["at"], "wind": 4}], mode="replace")
    assert weather.get("/sandbox/tables/weather")["rows"] == 1
    assert weather.read_online(["weather:wind"], origin=["LGA", "JFK"])["wind"] == [4, None]


def test_late_rows_find_their_place(weather: FeatureProcess) -> None:
    """Rows that come out of order are seen at their own time."""
    for hour, temp in ((9, 9.0), (12, 12.0), (10, 10.5)):
        weather.write("weather", [{**GOOD, "at": f"2013-06-08T{hour:02}:30:00Z", "temp": temp}])
    seen = []
    for hour in (9, 10, 11, 12, 13):
        weather.set_clock(f"2013-06-08T{hour:02}:00:00Z")
        seen += weather.read_online(["weather:temp"], origin=["LGA"])["temp"]
    assert seen == [None, 9.0, 10.5, 10.5, 12.0]


def test_many_rows_are_read_anew(server: FeatureProcess) -> None:
    """A write of more rows than are put in one by one is seen like any other."""
    server.define("t", ["key"], "at")
    moment = datetime(2013, 6, 8, tzinfo=UTC)
    for value in (1, 2):
        count = 1_500
        columns = {"key": list(range(count)), "at": [moment] * count, "x": [value] * count}
        said = server.write("t", pa.table(columns))
    assert said["replaced"] == 1_500
    assert server.read_online(["t:x"], key=[0, 1_499, 1_500])["x"] == [2, 2, None]


def test_moments_without_a_zone_are_utc(server: FeatureProcess) -> None:
    """A timestamp without a zone is taken as UTC, and that is said; one with a zone is moved."""
    server.define("t", ["key"], "at")
    rows = [
        {"key": "naive", "at": "2013-06-08T11:00:00", "x": 1},
        {"key": "zoned", "at": "2013-06-08T11:00:00-04:00", "x": 2},
    ]
    assert server.write("t", rows)["notes"] == [
        "at: 1 timestamps without a time zone were taken as UTC"
    ]
    naive = pa.table({"key": ["arrow"], "at": [datetime(2013, 6, 8, 11)], "x": [3]})  # noqa: DTZ001 - the point
    assert server.write("t", naive)["notes"]
    assert server.sql('SELECT key, epoch_us("at") // 1000000 AS s FROM t ORDER BY key') == [
        {"key": "arrow", "s": 1370689200},
        {"key": "naive", "s": 1370689200},
        {"key": "zoned", "s": 1370703600},
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"origin": None}, "column 'origin', row 2: the value is null"),
        ({"at": None}, "column 'at', row 2: the value is null"),
        ({"at": "yesterday"}, "column 'at', row 2: the value 'yesterday' does not fit"),
        ({"temp": "hot"}, "column 'temp', row 2: the value is of another"),
        ({"temp": True}, "column 'temp'"),
        ({"vis": 1.5}, "column 'vis', row 2: the value '1.5' does not fit"),
        ({"vis": 2**63}, "column 'vis', row 2"),
        ({"origin": 5}, "column 'origin'"),
        ({"wind": 1}, "column 'wind' is not in the table"),
        ({"gust": {"deep": 1}}, "column 'gust', row 2"),
    ],
)
def test_refuses_bad_rows(weather: FeatureProcess, row: dict[str, Any], said: str) -> None:
    """A row that does not fit is named with its column, and nothing of the upload is written."""
    before = weather.sql(ALL), weather.get("/sandbox/tables")
    answer = weather.post_rows("weather", [GOOD, {**GOOD, **row}])
    assert (answer.status, said in answer.detail) == (400, True), answer.detail
    assert (weather.sql(ALL), weather.get("/sandbox/tables")) == before


def test_refuses_missing_columns(weather: FeatureProcess) -> None:
    """A column that the table has must be there; the nearest that was sent is named."""
    row = {"tempp" if name == "temp" else name: value for name, value in GOOD.items()}
    assert (
        "column 'temp' is missing: did you mean 'tempp'?"
        in weather.post_rows("weather", [row]).detail
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"at": "2013-06-08T11:00:00Z", "x": 1}], "column 'key' is missing"),
        ([{"key": "a", "x": 1}], "column 'at' is missing"),
        ([{"key": "a", "at": 5, "x": 1}], "column 'at', row 1: the value '5' does not fit"),
        ([{"key": 1.5, "at": "2013-06-08", "x": 1}], "an entity is text, whole numbers or dates"),
        ([{"key": "a", "at": "infinity", "x": 1}], "no moment between the years 1 and 9999"),
        ([{"key": "a", "at": "2013-06-08", "x": None}], "holds only nulls"),
        (
            [{"key": "a", "at": "2013-06-08", "x": 1}, {"key": 2, "at": "2013-06-08"}],
            "'key', row 2",
        ),
        ([], "there are no rows"),
    ],
)
def test_refuses_bad_first_rows(server: FeatureProcess, rows: object, said: str) -> None:
    """The first rows, which give a table its columns, must have what the definition names."""
    server.define("t", ["key"], "at")
    answer = server.post_rows("t", rows)
    assert (answer.status, said in answer.detail) == (400, True), answer.detail
    assert server.get("/sandbox/tables/t")["columns"] == {}


@pytest.mark.parametrize("kind", [ARROW, PARQUET, "application/json", "text/csv", ""])
def test_refuses_bodies_that_are_not_what_they_say(weather: FeatureProcess, kind: str) -> None:
    """A body that is not of its Content-Type is refused, and so is a Content-Type unknown here."""
    headers = {"Content-Type": kind}
    answer = weather.ask("POST", "/sandbox/tables/weather/rows", b"origin,temp\nJFK,1\n", headers)
    assert answer.status == 400
    assert answer.detail


def test_refuses_a_truncated_arrow_stream(weather: FeatureProcess) -> None:
    """An Arrow stream that breaks off is no shorter table."""
    body = as_arrow(pa.table({name: [value] * 1_000 for name, value in GOOD.items()}))
    headers = {"Content-Type": ARROW}
    path = "/sandbox/tables/weather/rows"
    assert weather.ask("POST", path, body[: len(body) // 2], headers).status == 400


def test_refuses_unknown_table_and_mode(weather: FeatureProcess) -> None:
    """A table that is not declared and a mode that there is not are refused by name."""
    answer = weather.post_rows("wether", [GOOD])
    assert (answer.status, "did you mean 'weather'?" in answer.detail) == (404, True)
    assert "append or replace" in weather.post_rows("weather", [GOOD], mode="upsert").detail


def test_push_is_feasts(weather: FeatureProcess) -> None:
    """Feast's push appends columns of values; columns that the table lacks are left out."""
    frame = {**{name: [value] for name, value in GOOD.items()}, "created": ["2013-06-08 11:00:00"]}
    body = {"push_source_name": "weather", "df": frame, "to": "online"}
    assert succeed(weather.ask("POST", "/push", body)).json() is None
    assert weather.read_online(["weather:temp"], origin=["LGA"])["temp"] == [1.0]
