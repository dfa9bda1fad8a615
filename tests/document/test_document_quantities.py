"""Durations and paces are read as people write them, and nothing else is."""

from __future__ import annotations

import copy
import re

import pytest

from sandbox.document import Duration, Pace


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("250ms", 0.25),
        ("30s", 30),
        ("1.5s", 1.5),
        ("5m", 300),
        ("6h", 21600),
        ("2d", 172800),
        (" 10 s ", 10),
        (0, 0),
        (45, 45),
        (0.5, 0.5),
    ],
)
def test_a_duration_is_a_number_with_a_unit_or_seconds(written: object, seconds: float) -> None:
    """Every unit is read, and a number alone is seconds."""
    found = Duration.parse(written)
    assert isinstance(found, Duration)
    assert found == seconds


@pytest.mark.parametrize(
    "written", ["", "6", "6 hours", "h", "1h30m", "-5s", "5S", "inf", None, True, [], {}]
)
def test_what_is_no_duration_says_how_one_is_written(written: object) -> None:
    """The error lists the units."""
    with pytest.raises(ValueError, match="250ms, 30s, 5m, 6h or 2d"):
        Duration.parse(written)


@pytest.mark.parametrize("seconds", [-1, -0.001, float("inf"), float("nan")])
def test_a_duration_is_never_negative_or_endless(seconds: float) -> None:
    """However it is made, a duration can be waited for."""
    with pytest.raises(ValueError, match="zero or more seconds"):
        Duration(seconds)
    with pytest.raises(ValueError, match="zero or more seconds"):
        Duration.parse(seconds)


def test_a_duration_is_a_number_and_can_be_copied() -> None:
    """It is computed with as seconds, and a copy of frozen data keeps it."""
    assert Duration(90) / 60 == 1.5
    assert copy.deepcopy(Duration(90)) == 90


@pytest.mark.parametrize(
    ("written", "pace"),
    [
        ("flat out", Pace()),
        ("200/s", Pace(per_second=200)),
        ("0.5 /s", Pace(per_second=0.5)),
        ("3600x", Pace(speed=3600)),
        ("1x", Pace(speed=1)),
    ],
)
def test_a_pace_is_flat_out_a_rate_or_a_speed(written: str, pace: Pace) -> None:
    """The three ways to write one are read."""
    assert Pace.parse(written) == pace


@pytest.mark.parametrize("written", ["", "fast", "200", 200, "0/s", "0x", "-1/s", "2/m", None])
def test_what_is_no_pace_says_how_one_is_written(written: object) -> None:
    """The error lists the three ways; a pace of nothing would never end."""
    with pytest.raises(ValueError, match=re.escape("`flat out`, `200/s` or `3600x`")):
        Pace.parse(written)
