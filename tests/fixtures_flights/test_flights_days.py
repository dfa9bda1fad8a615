"""What the two days hold, and the facts of the data that scenarios rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str], list[tuple[Any, ...]]]

COUNT = "SELECT count(*) FROM departures"


def test_departures_are_all_that_left_and_no_cancelled_flight(june: Ask, december: Ask) -> None:
    """779 were scheduled on 2013-06-08 and 7 cancelled; 760 of 776 left on 2013-12-31."""
    assert june(COUNT) == [(772,)]
    assert december(COUNT) == [(760,)]


def test_times_agree_with_each_other(ask: Ask) -> None:
    """dep_delay is the minutes between the times; date and hour are New York's, of the schedule."""
    wrong = f"""{COUNT}
        WHERE departed_at <> scheduled_at + to_minutes(dep_delay)
           OR date <> CAST(timezone('America/New_York', scheduled_at) AS DATE)
           OR hour <> hour(timezone('America/New_York', scheduled_at))
           OR dep_delay IS NULL OR distance IS NULL"""
    assert ask(wrong) == [(0,)]


def test_flight_number_and_date_do_not_name_a_flight(june: Ask, december: Ask) -> None:
    """On 2013-06-08 WN 2269 left twice, from two airports; (date, carrier, flight) is no key."""
    twice = """
        SELECT carrier, flight, list(origin ORDER BY departed_at) FROM departures
        GROUP BY date, carrier, flight HAVING count(*) > 1"""
    assert june(twice) == [("WN", 2269, ["LGA", "EWR"])]
    assert december(twice) == []


def test_the_utc_date_is_not_the_local_date(june: Ask, december: Ask) -> None:
    """Some flights of the day leave on the next day in UTC: 56 in June, 89 in December."""
    other = f"{COUNT} WHERE CAST(departed_at AS DATE) <> date"
    assert june(other) == [(56,)]
    assert december(other) == [(89,)]


def test_landings_hold_the_label_of_all_but_diverted_flights(june: Ask, december: Ask) -> None:
    """Each departure of June has its landing; one of December was diverted and has none."""
    without = f"{COUNT} AS flight ANTI JOIN landings USING (scheduled_at, carrier, flight, origin)"
    assert june(without) == [(0,)]
    assert december(without) == [(1,)]


def test_labels_become_known_after_departure(ask: Ask) -> None:
    """No flight lands before it departs, with twenty minutes to spare."""
    early = f"""{COUNT} JOIN landings USING (scheduled_at, carrier, flight, origin)
        WHERE landed_at <= departed_at + INTERVAL 20 MINUTE"""
    assert ask(early) == [(0,)]


def test_june_has_weather_for_every_hour_and_origin(june: Ask) -> None:
    """From 24 hours before the day to its last departure, 49 hours in a row at three airports."""
    hours = """
        SELECT origin, count(*), CAST(min(observed_at) AS VARCHAR),
               CAST(max(observed_at) AS VARCHAR)
        FROM weather GROUP BY origin ORDER BY origin"""
    first, last = "2013-06-07 04:00:00+00", "2013-06-09 04:00:00+00"
    assert june(hours) == [(origin, 49, first, last) for origin in ("EWR", "JFK", "LGA")]


def test_december_has_no_weather_that_a_departure_could_use(december: Ask) -> None:
    """Observations end at 2013-12-30T23Z; the first of 760 flights left eleven hours later."""
    assert december("SELECT CAST(max(observed_at) AS VARCHAR) FROM weather") == [
        ("2013-12-30 23:00:00+00",)
    ]
    assert december("SELECT CAST(min(departed_at) AS VARCHAR) FROM departures") == [
        ("2013-12-31 09:59:00+00",)
    ]
    assert december("SELECT count(*) FROM weather WHERE observed_at >= '2013-12-31 05:00Z'") == [
        (0,)
    ]


def test_planes_are_those_of_departures(ask: Ask) -> None:
    """Every plane flies that day, and is known from the start of the year."""
    strange = """
        SELECT count(*) FROM planes
        WHERE tailnum NOT IN (SELECT tailnum FROM departures WHERE tailnum IS NOT NULL)
           OR known_at <> '2013-01-01 00:00Z'"""
    assert ask(strange) == [(0,)]


def test_two_carriers_are_mostly_missing_in_the_registry(june: Ask, december: Ask) -> None:
    """Of 118 and 113 departures without a plane 105 and 112 are American's and Envoy's."""
    missing = """
        SELECT count(*), count(*) FILTER (carrier IN ('AA', 'MQ'))
        FROM departures ANTI JOIN planes USING (tailnum)"""
    assert june(missing) == [(118, 105)]
    assert december(missing) == [(113, 112)]
