"""produce writes what it says, in the order and at the pace that it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shop import Shop


def test_a_fixtures_rows_become_records(shop: Shop) -> None:
    """Each row is one JSON object, times as ISO 8601 in UTC, missing values null."""
    played = shop.play("steps: [produce: {topic: orders, from: orders, where: id = 3}]")
    assert (played.verdict, played.steps[0].detail) == ("passed", "1 records to orders")
    ((content, key),) = shop.rows("SELECT bytes, key FROM stream.orders")
    assert json.loads(content) == {
        "id": 3,
        "item": "pen",
        "paid": False,
        "price": 0.75,
        "placed_at": "2013-06-10T08:45:00Z",
        "day": "2013-06-10",
        "paid_at": None,
    }
    assert key is None


def test_where_chooses_and_order_by_sorts(shop: Shop) -> None:
    """Only the rows that `where` holds for are written, in the order that is asked for."""
    shop.play("""
        steps:
          - produce: {topic: copies, from: orders, where: id > 6 OR id = 1, order_by: id DESC}
    """)
    found = shop.rows("SELECT (value->>'id')::INT FROM stream.copies ORDER BY \"offset\"")
    assert [row[0] for row in found] == [11, 10, 9, 8, 7, 1]


def test_a_timestamp_is_the_records_own_and_sorts(shop: Shop) -> None:
    """With `timestamp` the records have the rows' time, and come in its order."""
    shop.play("steps: [produce: {topic: copies, from: orders, timestamp: placed_at}]")
    found = shop.rows("""
        SELECT (value->>'id')::INT, timestamp = (value->>'placed_at')::TIMESTAMPTZ
        FROM stream.copies ORDER BY "offset"
    """)
    assert found == [(n, True) for n in range(12)]


def test_a_date_can_be_the_records_time(shop: Shop) -> None:
    """A day stands for its first moment in UTC."""
    shop.play("steps: [produce: {topic: copies, from: orders, where: id = 0, timestamp: day}]")
    assert shop.rows("SELECT timestamp FROM stream.copies") == [("2013-06-10T00:00:00Z",)]


def test_a_key_is_made_of_columns(shop: Shop) -> None:
    """Several columns are joined by |, as JSON writes them; where there is nothing, nothing is."""
    shop.play("""
        steps:
          - produce: {topic: orders, from: orders, key: [item, id, paid], where: id = 1 OR id = 2}
          - produce: {topic: copies, from: orders, key: item, where: id = 1 OR id = 2}
    """)
    assert shop.rows("SELECT key FROM stream.orders ORDER BY key") == [
        ("ink|1|false",),
        ("|2|true",),
    ]
    assert set(shop.rows("SELECT key FROM stream.copies")) == {("ink",), (None,)}


def test_one_key_is_one_partition(shop: Shop) -> None:
    """Records of the same key keep their order in one partition."""
    shop.play("steps: [produce: {topic: orders, from: orders, key: item, where: item IS NOT NULL}]")
    found = shop.rows("SELECT count(DISTINCT partition) FROM stream.orders GROUP BY key")
    assert found == [(1,), (1,)]


def test_records_are_written_out(shop: Shop) -> None:
    """A value is sent as JSON, a text as it stands, headers and key as they are written."""
    shop.play("""
        steps:
          - produce:
              topic: copies
              records:
                - {key: a, value: {item: pen, n: [1, 2.5, null]}, headers: {trace: "1", of: Zürich}}
                - {text: "not JSON {"}
                - {text: ""}
                - {value: null}
    """)
    found = shop.rows('SELECT key, bytes, headers FROM stream.copies ORDER BY "offset"')
    assert [(key, content) for key, content, _ in found] == [
        ("a", '{"item": "pen", "n": [1, 2.5, null]}'),
        (None, "not JSON {"),
        (None, ""),
        (None, "null"),
    ]
    assert json.loads(found[0][2]) == {"trace": "1", "of": "Zürich"}
    assert [json.loads(headers) for _, _, headers in found[1:]] == [{}, {}, {}]


def test_a_table_of_another_fixture_can_be_named(shop: Shop) -> None:
    """`fixture/table` names a table wherever it is."""
    played = shop.play("steps: [produce: {topic: orders, from: shop/monday/stock}]")
    assert played.steps[0].detail == "8 records to orders"


@pytest.mark.parametrize(
    ("pace", "at_least", "at_most"),
    [("flat out", 0, 2), ("20/s", 0.55, 5), ("14400x", 0.68, 5)],
)
def test_records_come_at_their_pace(shop: Shop, pace: str, at_least: float, at_most: float) -> None:
    """Twelve records: at once; at twenty a second; 2 h 45 min in 0.7 s."""
    played = shop.play(f"""
        steps: [produce: {{topic: copies, from: orders, timestamp: placed_at, pace: {pace}}}]
    """)
    assert played.verdict == "passed"
    assert at_least <= played.steps[0].duration_s <= at_most
    assert shop.rows("SELECT count(*) FROM stream.copies") == [(12,)]


def test_a_slow_pace_is_even(shop: Shop) -> None:
    """Records that are written out come one after the other, not all at the end."""
    shop.play("""
        steps:
          - produce: {topic: copies, pace: 10/s, records: [{value: 1}, {value: 2}, {value: 3}]}
    """)
    found = shop.rows('SELECT epoch_ms(timestamp) FROM stream.copies ORDER BY "offset"')
    first, second, third = (moment for (moment,) in found)
    assert second - first >= 99
    assert 198 <= third - first < 2000


def test_tick_moves_the_feature_servers_clock(shop: Shop) -> None:
    """The clock follows the records in steps, and stays at the last."""
    shop.play("""
        steps:
          - produce: {topic: orders, from: orders, timestamp: placed_at, tick: 30m, where: id < 6}
    """)
    assert shop.clock() == "2013-06-10T09:00:00Z"
    assert shop.rows("SELECT count(*) FROM stream.orders") == [(6,)]


def test_tick_settles_before_the_clock_moves(shop: Shop) -> None:
    """Each tick's records are worked off before the next tick's are written."""
    played = shop.play(
        """
        steps:
          - produce: {topic: orders, from: orders, timestamp: placed_at, tick: 1h, where: id < 8}
        """,
        apps="[copier]",
    )
    assert played.verdict == "passed", played.error
    found = shop.rows("SELECT (value->>'id')::INT FROM stream.copies ORDER BY \"offset\"")
    assert {row[0] for row in found[:4]} == {0, 1, 2, 3}
    assert {row[0] for row in found[4:]} == {4, 5, 6, 7}


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{topic: orders, from: orders, where: nothing = 1}", "nothing"),
        ("{topic: orders, from: orders, order_by: nothing}", "nothing"),
        ("{topic: orders, from: orders, timestamp: id}", "TIMESTAMP"),
        ("{topic: orders, from: orders, timestamp: item}", "pen"),
    ],
)
def test_sql_that_is_wrong_is_the_scenarios_error(shop: Shop, step: str, words: str) -> None:
    """The error names the step, and nothing is written."""
    played = shop.play(f"steps: [produce: {step}]")
    assert (played.verdict, played.exit_code) == ("error", 4)
    assert words in (played.error or "")
    assert "story.yaml:steps[0].produce: " in (played.error or "")
    assert shop.rows("SELECT count(*) FROM stream.orders") == [(0,)]


def test_a_row_without_a_time_cannot_tick(shop: Shop) -> None:
    """A tick needs to know when each record is due."""
    played = shop.play(
        "steps: [produce: {topic: orders, from: orders, timestamp: paid_at, tick: 1h}]"
    )
    assert (played.verdict, played.exit_code) == ("error", 4)
    assert "a tick needs records with a timestamp" in (played.error or "")


def test_a_row_without_a_time_is_written_at_once(shop: Shop) -> None:
    """Where nothing ticks, a record without a time of its own gets that of its writing."""
    played = shop.play("""
        steps: [produce: {topic: orders, from: orders, timestamp: paid_at, pace: 14400000x}]
    """)
    assert played.verdict == "passed"
    found = shop.rows("SELECT count(*) FROM stream.orders WHERE timestamp > '2020-01-01'")
    assert found == [(6,)]
