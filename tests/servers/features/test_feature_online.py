"""Online reads are Feast's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from feature_process import succeed

if TYPE_CHECKING:
    from feature_process import FeatureProcess


def test_answers_as_feast_does(weather: FeatureProcess) -> None:
    """A vector for each name: join keys at the epoch, then features with their own time."""
    answer = succeed(weather.ask_online(["weather:temp", "weather:gust"], origin=["JFK", "EWR"]))
    assert answer.json() == {
        "metadata": {"feature_names": ["origin", "temp", "gust"]},
        "results": [
            {
                "values": ["JFK", "EWR"],
                "statuses": ["PRESENT", "PRESENT"],
                "event_timestamps": ["1970-01-01T00:00:00Z"] * 2,
            },
            {
                "values": [61.0, 59.0],
                "statuses": ["PRESENT", "PRESENT"],
                "event_timestamps": ["2013-06-08T11:00:00Z"] * 2,
            },
            {
                "values": [3.5, None],
                "statuses": ["PRESENT", "NULL_VALUE"],
                "event_timestamps": ["2013-06-08T11:00:00Z"] * 2,
            },
        ],
    }


def test_groups_features_by_table(weather: FeatureProcess) -> None:
    """Features come table by table, in the order in which tables are first named."""
    weather.define("planes", ["tailnum"], "known_at")
    weather.write("planes", [{"tailnum": "N1", "known_at": "2013-01-01T00:00:00Z", "seats": 180}])
    found = weather.read_online(
        ["weather:temp", "planes:seats", "weather:vis"], tailnum=["N1"], origin=["JFK"]
    )
    assert list(found.items()) == [
        ("tailnum", ["N1"]),
        ("origin", ["JFK"]),
        ("temp", [61.0]),
        ("vis", [9]),
        ("seats", [180]),
    ]


def test_full_feature_names_keep_tables_apart(weather: FeatureProcess) -> None:
    """Two features of one name need full names, which are table__feature."""
    weather.define("forecast", ["origin"], "at")
    weather.write("forecast", [{"origin": "JFK", "at": "2013-06-08T09:00:00Z", "temp": 70.0}])
    features = ["weather:temp", "forecast:temp"]
    assert "Duplicate features named temp" in weather.ask_online(features, origin=["JFK"]).detail
    body = {"features": features, "entities": {"origin": ["JFK"]}, "full_feature_names": True}
    answer = succeed(weather.ask("POST", "/get-online-features", body)).json()
    assert answer["metadata"]["feature_names"] == ["origin", "weather__temp", "forecast__temp"]


def test_feature_service_stands_for_its_features(weather: FeatureProcess) -> None:
    """A request may name a feature service in place of features."""
    features = {"features": ["weather:vis", "weather:temp"]}
    succeed(weather.ask("PUT", "/sandbox/feature-services/delay", features))
    body = {"feature_service": "delay", "entities": {"origin": ["EWR"]}}
    answer = succeed(weather.ask("POST", "/get-online-features", body)).json()
    assert answer["metadata"]["feature_names"] == ["origin", "vis", "temp"]
    assert [vector["values"] for vector in answer["results"]] == [["EWR"], [8], [59.0]]


def test_clock_decides_what_is_known(weather: FeatureProcess) -> None:
    """A read sees the newest row at or before the server's time, the moment itself included."""
    seen = {}
    for now in ("09:59:59.999999", "10:00:00", "10:59:59", "11:00:00"):
        weather.set_clock(f"2013-06-08T{now}Z")
        seen[now] = weather.read_online(["weather:temp"], origin=["JFK"])["temp"]
    assert list(seen.values()) == [[None], [60.5], [60.5], [61.0]]


def test_without_a_clock_it_is_the_newest_event(weather: FeatureProcess) -> None:
    """The default time is that of the newest event in any table, and moves with it."""
    assert weather.get("/sandbox/clock") == {"set": None, "now": "2013-06-08T11:00:00Z"}
    weather.define("planes", ["tailnum"], "known_at")
    weather.write("planes", [{"tailnum": "N1", "known_at": "2013-06-08T17:00:01Z", "seats": 180}])
    assert weather.get("/sandbox/clock")["now"] == "2013-06-08T17:00:01Z"
    assert weather.statuses("weather:temp", origin=["JFK"]) == ["OUTSIDE_MAX_AGE"]


def test_too_old_is_withheld(weather: FeatureProcess) -> None:
    """At the time to live a value still holds; later it is null, and its time is told."""
    weather.set_clock("2013-06-08T17:00:00Z")
    assert weather.statuses("weather:temp", origin=["JFK"]) == ["PRESENT"]
    weather.set_clock("2013-06-08T17:00:00.000001Z")
    vector = succeed(weather.ask_online(["weather:temp"], origin=["JFK"])).json()["results"][1]
    assert vector == {
        "values": [None],
        "statuses": ["OUTSIDE_MAX_AGE"],
        "event_timestamps": ["2013-06-08T11:00:00Z"],
    }


def test_unknown_entities_are_not_found(weather: FeatureProcess) -> None:
    """An entity that is not there, or is null, is NOT_FOUND, beside those that are there."""
    found = weather.statuses("weather:temp", origin=["LGA", "JFK", None])
    assert found == ["NOT_FOUND", "PRESENT", "NOT_FOUND"]


def test_no_entities_no_values(weather: FeatureProcess) -> None:
    """An empty list of entities gives empty vectors."""
    assert weather.read_online(["weather:temp"], origin=[]) == {"origin": [], "temp": []}


def test_entity_of_several_columns(server: FeatureProcess) -> None:
    """Keys of several columns match as a whole, in whatever order a request names them."""
    server.define("route", ["origin", "number"], "at")
    at = "2013-06-08T10:00:00Z"
    rows = [("JFK", 1, 10.0), ("JFK", 2, 20.0), ("EWR", 1, 30.0)]
    server.write("route", [{"origin": o, "number": n, "at": at, "late": x} for o, n, x in rows])
    found = server.read_online(
        ["route:late"], number=[1, 2, 2, 1], origin=["JFK", "JFK", "EWR", "EWR"]
    )
    assert found["late"] == [10.0, 20.0, None, 30.0]


def test_nan_and_infinity_are_null_values(server: FeatureProcess) -> None:
    """JSON has no NaN and no infinity: both are null with NULL_VALUE; SQL still tells them."""
    server.define("odd", ["key"], "at")
    at = [datetime(2013, 1, 1, tzinfo=UTC)] * 3
    values = [float("nan"), float("inf"), 1.5]
    server.write("odd", pa.table({"key": ["nan", "inf", "one"], "at": at, "x": values}))
    assert server.read_online(["odd:x"], key=["nan", "inf", "one"])["x"] == [None, None, 1.5]
    statuses = server.statuses("odd:x", key=["nan", "inf", "one"])
    assert statuses == ["NULL_VALUE", "NULL_VALUE", "PRESENT"]
    assert server.sql("SELECT count(*) AS n FROM odd WHERE isnan(x)") == [{"n": 1}]


def test_types_in_json(server: FeatureProcess) -> None:
    """Whole numbers stay whole, timestamps are seconds as in Feast, lists are lists."""
    server.define("kinds", ["key"], "at")
    moment = datetime(2013, 6, 8, 14, 0, 0, 500, tzinfo=UTC)
    columns = {
        "key": [7],
        "at": [moment],
        "whole": pa.array([2**53 + 1]),
        "small": pa.array([0.5], pa.float32()),
        "flag": [True],
        "word": ["ä"],
        "moment": [moment],
        "day": [moment.date()],
        "numbers": [[1.5, None]],
        "exact": pa.array([1], pa.decimal128(9, 2)),
        "kind": pa.array([b"\x00"]),
    }
    server.write("kinds", pa.table(columns))
    features = [f"kinds:{name}" for name in columns if name not in ("key", "at")]
    found = server.read_online(features, key=[7])
    assert {name: values[0] for name, values in found.items()} == {
        "key": 7,
        "whole": 2**53 + 1,
        "small": 0.5,
        "flag": True,
        "word": "ä",
        "moment": 1370700000,
        "day": 1370649600,
        "numbers": [1.5, None],
        "exact": 1.0,
        "kind": "\\x00",
    }


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 422, "no JSON"),
        ({"entities": {"origin": ["JFK"]}}, 400, "No features specified"),
        ({"features": ["weather:temp"]}, 422, "entities"),
        ({"features": "weather:temp", "entities": {"origin": ["JFK"]}}, 422, "$.features"),
        ({"features": ["temp"], "entities": {"origin": ["JFK"]}}, 400, "table:feature"),
        ({"features": ["wether:temp"], "entities": {"origin": ["JFK"]}}, 404, "mean 'weather'"),
        ({"features": ["weather:tmp"], "entities": {"origin": ["JFK"]}}, 404, "mean 'temp'"),
        ({"features": ["weather:origin"], "entities": {"origin": ["JFK"]}}, 404, "valid: "),
        ({"features": ["weather:temp"], "entities": {"orign": ["JFK"]}}, 400, "needs 'origin'"),
        (
            {"features": ["weather:temp"], "entities": {"origin": ["JFK"], "carrier": ["UA"]}},
            404,
            "Entity carrier does not exist",
        ),
        ({"features": ["weather:temp"], "entities": {"origin": [1]}}, 400, "VARCHAR"),
        ({"feature_service": "delays", "entities": {"origin": ["JFK"]}}, 404, "delays"),
    ],
)
def test_refuses(weather: FeatureProcess, body: object, status: int, said: str) -> None:
    """What is wrong is said with Feast's status and `detail`, and the nearest valid name."""
    answer = weather.ask("POST", "/get-online-features", body)
    assert (answer.status, said in answer.detail) == (status, True), answer.detail


def test_refuses_ragged_entities(weather: FeatureProcess) -> None:
    """Entities must have equally many values; which has how many is said."""
    weather.define("planes", ["tailnum"], "known_at")
    answer = weather.ask_online(["weather:temp"], origin=["JFK", "EWR"], tailnum=["N1"])
    assert answer.status == 400
    assert "origin has 2, tailnum has 1" in answer.detail


def test_refuses_features_of_a_table_without_rows(server: FeatureProcess) -> None:
    """A table that was declared and never written to says so."""
    server.define("weather", ["origin"], "at")
    answer = server.ask_online(["weather:temp"], origin=["JFK"])
    assert (answer.status, "no rows yet" in answer.detail) == (404, True)
