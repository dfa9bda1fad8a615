"""car24 is what was known at each hour: recomputed from the landings, it comes out the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str], list[tuple[Any, ...]]]

# The landings reach back 24 hours before the day, so every hour of the day can be recomputed.
DAY = "computed_at >= (SELECT min(computed_at) + INTERVAL 24 HOUR FROM carrier_delay)"
SECOND_HALF = "computed_at >= (SELECT min(computed_at) + INTERVAL 36 HOUR FROM carrier_delay)"


def recomputed(landings: str, hours: str, before: str = "<") -> str:
    """Give the SQL that computes car24 anew, of some landings at some hours."""
    return f"""
        SELECT delay.carrier, computed_at, car24, avg(arr_delay) AS anew
        FROM carrier_delay AS delay LEFT JOIN ({landings}) AS landed
          ON landed.carrier = delay.carrier AND landed_at {before} computed_at
         AND landed_at >= computed_at - INTERVAL 24 HOUR
        WHERE {hours} GROUP BY ALL"""


def differing(query: str) -> str:
    """Give the SQL that counts where the file says something else."""
    return f"SELECT count(*) FROM ({query}) WHERE car24 IS DISTINCT FROM anew"


def test_car24_is_the_mean_delay_of_a_days_landings(ask: Ask) -> None:
    """At every hour of the day, and null exactly where the carrier had no landing."""
    assert ask(differing(recomputed("FROM landings", DAY))) == [(0,)]


@pytest.mark.parametrize("hours", range(12, 25, 3))
def test_car24_does_not_change_when_the_future_is_cut_off(ask: Ask, hours: int) -> None:
    """Without the landings at or after an hour of the second half, values up to it stay."""
    cut = f"(SELECT min(computed_at) + INTERVAL {24 + hours} HOUR FROM carrier_delay)"
    landings = f"FROM landings WHERE landed_at < {cut}"
    assert ask(differing(recomputed(landings, f"{DAY} AND computed_at <= {cut}"))) == [(0,)]
    assert ask(f"SELECT count(*) > 0 FROM landings WHERE landed_at >= {cut}") == [(True,)]


def test_the_check_sees_a_look_at_the_stroke_of_the_hour(ask: Ask) -> None:
    """Some flight lands on the hour: counting it as known then gives other values."""
    assert ask(differing(recomputed("FROM landings", SECOND_HALF, before="<="))) > [(0,)]


def test_the_check_sees_a_sample_of_rows(ask: Ask) -> None:
    """A tenth of the landings gives other values at nearly every hour of every carrier."""
    tenth = "FROM landings WHERE hash(carrier, flight, origin, scheduled_at) % 10 = 0"
    ((wrong,),) = ask(differing(recomputed(tenth, SECOND_HALF)))
    ((all_of_them,),) = ask(f"SELECT count(car24) FROM carrier_delay WHERE {SECOND_HALF}")
    assert wrong > 0.9 * all_of_them


def test_every_carrier_has_a_row_at_every_hour(ask: Ask) -> None:
    """Sixteen carriers, hour by hour for 49 hours: an online read is never over an hour old."""
    steps = """
        SELECT carrier, count(*), max(computed_at) - min(computed_at) = INTERVAL 48 HOUR,
               bool_and(computed_at = date_trunc('hour', computed_at))
        FROM carrier_delay GROUP BY carrier"""
    found = ask(steps)
    assert len(found) == 16
    assert {row[1:] for row in found} == {(49, True, True)}
