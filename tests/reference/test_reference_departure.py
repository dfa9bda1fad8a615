"""Records are read as departures, or refused with the reason."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.reference.departure import UnreadableError, read_departure
from sandbox.services import sql

GOOD = {
    "date": "2013-06-08",
    "scheduled_at": "2013-06-08T23:30:00-04:00",
    "departed_at": "2013-06-09T03:41:00Z",
    "carrier": "WN",
    "flight": 2269,
    "origin": "LGA",
    "dest": "MDW",
    "tailnum": "N483WN",
    "distance": 725,
    "hour": 23,
    "dep_delay": 11,
}
DAYS = sorted((Path(__file__).parents[2] / "fixtures/flights").glob("*/departures.parquet"))


def record(**changed: Any) -> bytes:
    """Give a record's value with something changed."""
    return json.dumps({**GOOD, **changed}).encode()


def test_a_departure_is_read() -> None:
    """Times are UTC whatever their zone, numbers are numbers; what is not known is left out."""
    read = read_departure(record())
    assert read.scheduled_at == datetime(2013, 6, 9, 3, 30, tzinfo=UTC)
    assert read.scheduled_at.tzinfo is UTC
    assert read.departed_at == datetime(2013, 6, 9, 3, 41, tzinfo=UTC)
    assert (read.date, read.hour) == (date(2013, 6, 8), 23)
    assert (read.flight, read.distance, read.dep_delay) == (2269, 725.0, 11.0)


def test_a_flight_is_known_by_its_moment_carrier_number_and_origin() -> None:
    """The key is the same for the same flight in any zone, and another for another origin."""
    key = "2013-06-09T03:30:00Z|WN|2269|LGA"
    assert read_departure(record()).key == key
    assert read_departure(record(scheduled_at="2013-06-09T03:30:00+00:00")).key == key
    assert read_departure(record(origin="EWR")).key != key


@pytest.mark.parametrize("tailnum", [None, "N1"])
def test_a_tail_number_may_be_unknown(tailnum: str | None) -> None:
    """2,512 flights of the year have none."""
    assert read_departure(record(tailnum=tailnum)).tailnum == tailnum
    without = {key: value for key, value in GOOD.items() if key != "tailnum"}
    assert read_departure(json.dumps(without).encode()).tailnum is None


def test_whole_numbers_may_be_written_as_floats() -> None:
    """Writers whose columns have gaps send 6.0 for 6."""
    assert read_departure(record(hour=6.0, flight=12.0)).flight == 12


@pytest.mark.parametrize("name", ["date", "scheduled_at", "carrier", "flight", "distance", "hour"])
def test_a_missing_field_is_named(name: str) -> None:
    """A record without a field that is needed is refused, and the reason names the field."""
    without = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(UnreadableError, match=f"^{name} is missing$"):
        read_departure(json.dumps(without).encode())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the value is no JSON: Expecting value"),
        (b"", "the value is no JSON: Expecting value"),
        (b"\xff\xfe\xfa", "the value is no JSON: 'utf"),
        (b'{"date": ', "the value is no JSON: Expecting value"),
        (b"[" * 100_000, "the value is no JSON: "),
        (b"null", "the value is no JSON object: None"),
        (b"[1]", "the value is no JSON object: [1]"),
        (b'"departure"', "the value is no JSON object: 'departure'"),
    ],
)
def test_what_is_no_object_is_refused(value: bytes | None, reason: str) -> None:
    """Whatever bytes a record has, it is read or refused."""
    with pytest.raises(UnreadableError) as caught:
        read_departure(value)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"date": "8 June"}, "date cannot be '8 June'"),
        ({"date": None}, "date cannot be None"),
        ({"scheduled_at": "2013-06-08T10:00:00"}, "it has no time zone"),
        ({"scheduled_at": 1370692800}, "scheduled_at cannot be 1370692800"),
        ({"departed_at": "0001-01-01T00:00:00+05:00"}, "out of range"),
        ({"carrier": ""}, "carrier is no text: ''"),
        ({"carrier": None}, "carrier is no text: None"),
        ({"origin": 3}, "origin is no text: 3"),
        ({"origin": "\ud800"}, "origin is no text"),
        ({"carrier": "W\0"}, "carrier is no text"),
        ({"tailnum": 5}, "tailnum is no text: 5"),
        ({"tailnum": ["N1"]}, "tailnum is no text: ['N1']"),
        ({"flight": "2269"}, "flight is no number: '2269'"),
        ({"flight": True}, "flight is no number: True"),
        ({"flight": 1.5}, "flight is no whole number: 1.5"),
        ({"flight": 2**31}, "flight is out of range: 2147483648"),
        ({"hour": None}, "hour is no number: None"),
        ({"hour": float("inf")}, "hour is out of range: inf"),
        ({"distance": float("nan")}, "distance is out of range: nan"),
        ({"distance": 1e300}, "distance is out of range: 1e+300"),
        ({"dep_delay": [5]}, "dep_delay is no number: [5]"),
    ],
)
def test_a_wrong_field_is_named(changed: dict[str, Any], reason: str) -> None:
    """A field that cannot be what it should be is refused here, not where it would be used."""
    with pytest.raises(UnreadableError) as caught:
        read_departure(record(**changed))
    assert reason in str(caught.value)


def test_a_reason_is_short() -> None:
    """However long a wrong value is, the reason fits a header."""
    with pytest.raises(UnreadableError) as caught:
        read_departure(record(flight="x" * 100_000))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.parent.name)
def test_every_real_departure_is_read(day: Path) -> None:
    """All flights of the fixtures are departures, each with a key of its own."""
    connection = sql.connect()
    rows = sql.query(connection, f"FROM '{day}'").as_dicts()
    keys = {read_departure(json.dumps(row).encode()).key for row in rows}
    assert len(keys) == len(rows) > 700
