"""Point-in-time joins: every row comes back, in order, with what was known at its own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from feature_process import ARROW, PARQUET, as_arrow, as_parquet, succeed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from feature_process import FeatureProcess

START = datetime(2013, 6, 8, tzinfo=UTC)
MOMENTS = st.integers(0, 40).map(lambda seconds: START + timedelta(seconds=seconds))
KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.none() | st.floats(allow_nan=False, allow_infinity=False, width=32)
WRITES = st.lists(
    st.lists(st.tuples(KEYS, MOMENTS, VALUES), min_size=1, max_size=12), min_size=1, max_size=4
)
ASKS = st.lists(st.tuples(KEYS | st.just("z"), MOMENTS), min_size=1, max_size=4)


def entity_rows(**columns: list[Any]) -> pa.Table:
    """Give rows of airports at ten past each hour of the day that is given as `hours`."""
    hours = columns.pop("hours")
    moments = [START.replace(hour=hour, minute=10) for hour in hours]
    return pa.table({**columns, "event_timestamp": moments})


def truth(
    rows: dict[tuple[str, datetime], float | None], key: str, now: datetime, ttl: float | None
) -> float | None:
    """Work out by hand what was known of `key`."""
    known = [at for name, at in rows if name == key and at <= now]
    if not known or (ttl is not None and now - max(known) > timedelta(seconds=ttl)):
        return None
    return rows[key, max(known)]


@given(writes=WRITES, asks=ASKS, ttl=st.none() | st.integers(1, 20).map(float))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_online_is_historical(
    server: FeatureProcess,
    writes: list[list[tuple[str, datetime, float | None]]],
    asks: list[tuple[str, datetime]],
    ttl: float | None,
) -> None:
    """Whatever is written, in whatever order: online at a time is the join at that time."""
    server.restore()
    server.define("t", ["key"], "at", ttl)
    rows: dict[tuple[str, datetime], float | None] = {}
    for written in writes:
        keys, moments, values = (list(column) for column in zip(*written, strict=True))
        server.write(
            "t", pa.table({"key": keys, "at": moments, "x": pa.array(values, pa.float64())})
        )
        rows |= {(key, at): value for key, at, value in written}
    asked = pa.table({"key": [k for k, _ in asks], "event_timestamp": [at for _, at in asks]})
    joined = [row["x"] for row in succeed(server.read_historical(asked, ["t:x"])).rows()]
    online = []
    for key, at in asks:
        server.set_clock(at.isoformat())
        online += server.read_online(["t:x"], key=[key])["x"]
    assert joined == online == [truth(rows, key, at, ttl) for key, at in asks]


def test_every_row_comes_back_in_order(weather: FeatureProcess) -> None:
    """Rows keep their order and columns; where nothing was known features are NULL, and counted."""
    rows = entity_rows(
        origin=["JFK", "EWR", "JFK", "LGA", None, "JFK"], hours=[11, 9, 10, 12, 12, 9]
    )
    rows = rows.append_column("n", pa.array(range(6)))
    answer = succeed(weather.read_historical(rows, ["weather:temp", "weather:vis"]))
    assert [(row["n"], row["temp"], row["vis"]) for row in answer.rows()] == [
        (0, 61.0, 9),
        (1, None, None),
        (2, 60.5, 10),
        (3, None, None),
        (4, None, None),
        (5, None, None),
    ]
    assert answer.headers["sandbox-rows"] == "6"
    assert answer.headers["sandbox-rows-without-features"] == "weather=4"


def test_time_to_live_holds_for_joins(weather: FeatureProcess) -> None:
    """A value holds at its time to live and no longer; too old counts as not known."""
    moments = [START.replace(hour=17), START.replace(hour=17, microsecond=1)]
    rows = pa.table({"origin": ["JFK", "JFK"], "event_timestamp": moments})
    answer = succeed(weather.read_historical(rows, ["weather:temp"]))
    assert [row["temp"] for row in answer.rows()] == [61.0, None]
    assert answer.headers["sandbox-rows-without-features"] == "weather=1"


def test_a_known_null_is_no_missing_row(weather: FeatureProcess) -> None:
    """A feature that was known to be null is NULL, and its row is not counted as without."""
    answer = succeed(
        weather.read_historical(entity_rows(origin=["EWR"], hours=[12]), ["weather:gust"])
    )
    assert [row["gust"] for row in answer.rows()] == [None]
    assert answer.headers["sandbox-rows-without-features"] == "weather=0"


def test_joins_several_tables(weather: FeatureProcess) -> None:
    """Features of several tables stand in the order asked for, each table counted by itself."""
    weather.define("planes", ["tailnum"], "known_at")
    weather.write("planes", [{"tailnum": "N1", "known_at": "2013-01-01T00:00:00Z", "seats": 180}])
    rows = entity_rows(origin=["JFK", "JFK"], tailnum=["N1", "N2"], hours=[11, 12])
    features = ["planes:seats", "weather:temp"]
    answer = succeed(weather.read_historical(rows, features))
    names = ["origin", "tailnum", "event_timestamp", "seats", "temp"]
    assert [list(row) for row in answer.rows()] == [names, names]
    assert [(row["seats"], row["temp"]) for row in answer.rows()] == [(180, 61.0), (None, 61.0)]
    assert answer.headers["sandbox-rows-without-features"] == "planes=1, weather=0"
    again = succeed(weather.read_historical(rows, features, "&full_feature_names=true"))
    assert list(again.rows()[0])[-2:] == ["planes__seats", "weather__temp"]


def test_three_formats_of_entity_rows(weather: FeatureProcess) -> None:
    """Entity rows may come as Arrow, Parquet or JSON, their time in a column of any name."""
    rows = pa.table({"origin": ["JFK"], "sched": [START.replace(hour=12)]})
    plain = [{"origin": "JFK", "sched": "2013-06-08T08:00:00-04:00"}]
    path = "/get-historical-features?features=weather:temp&event_timestamp=sched"
    for kind, body in ((ARROW, as_arrow(rows)), (PARQUET, as_parquet(rows)), (None, plain)):
        headers = {"Content-Type": kind} if kind else {}
        answer = succeed(weather.ask("POST", path, body, headers))
        assert [row["temp"] for row in answer.rows()] == [61.0]


def test_naive_moments_are_said(weather: FeatureProcess) -> None:
    """Moments without a zone are taken as UTC, and a header says so."""
    rows = pa.table({"origin": ["JFK"], "event_timestamp": [datetime(2013, 6, 8, 12)]})  # noqa: DTZ001 - the point
    answer = succeed(weather.read_historical(rows, ["weather:temp"]))
    assert "1 timestamps without a time zone" in answer.headers["sandbox-notes"]
    assert [row["temp"] for row in answer.rows()] == [61.0]


@pytest.mark.parametrize(
    ("rows", "path", "said"),
    [
        (
            [{"origin": "JFK", "t": "2013-06-08"}],
            "?features=weather:temp",
            "column 'event_timestamp'",
        ),
        (
            [{"orign": "JFK", "event_timestamp": "2013-06-08"}],
            "?features=weather:temp",
            "mean 'orign'?",
        ),
        (
            [{"origin": 1, "event_timestamp": "2013-06-08"}],
            "?features=weather:temp",
            "holds whole numbers",
        ),
        (
            [{"origin": "JFK", "event_timestamp": "x"}],
            "?features=weather:temp",
            "'event_timestamp', row 1",
        ),
        ([{"origin": "JFK", "event_timestamp": 1}], "?features=weather:temp", "not timestamps"),
        (
            [{"origin": "JFK", "event_timestamp": "2013-06-08", "temp": 1}],
            "?features=weather:temp",
            "second column",
        ),
        (
            [{"origin": "JFK", "event_timestamp": "2013-06-08"}],
            "?features=weather:tmp",
            "mean 'temp'?",
        ),
        (
            [{"origin": "JFK", "event_timestamp": "2013-06-08"}],
            "?features=wether:temp",
            "mean 'weather'?",
        ),
        (
            [{"origin": "JFK", "event_timestamp": "2013-06-08"}],
            "?features=weather:temp,weather:temp",
            "Duplicate",
        ),
        ([{"origin": "JFK", "event_timestamp": "2013-06-08"}], "", "?features="),
        (
            [{"origin": "JFK", "event_timestamp": "2013-06-08"}],
            "?feature=weather:temp",
            "'feature'",
        ),
    ],
)
def test_refuses(weather: FeatureProcess, rows: object, path: str, said: str) -> None:
    """What is wrong is named: the column, the row, the feature or the key of the query."""
    answer = weather.ask("POST", f"/get-historical-features{path}", rows)
    assert (answer.status in (400, 404), said in answer.detail) == (True, True), answer.detail
