"""The scorer sends what is no departure to the dead letters, and scores the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import Producer

from sandbox.services import sql

if TYPE_CHECKING:
    from sandbox import Session

DAY = Path(__file__).parents[2] / "fixtures/flights/2013-06-08/departures.parquet"


def test_bad_records_are_dead_letters_and_hold_nothing_up(sandbox: Session) -> None:
    """Between good records, each bad one lands in the dead letters with its reason; all is read."""
    rows = sql.query(sql.connect(), f"FROM '{DAY}' ORDER BY departed_at LIMIT 8").as_dicts()
    bad = {
        b"text": b"no departure",
        b"naive": json.dumps({**rows[0], "scheduled_at": "2013-06-08T10:00:00"}).encode(),
        b"endless": json.dumps({**rows[0], "distance": float("inf")}).encode(),
        b"tail": json.dumps({**rows[0], "tailnum": 7}).encode(),
        None: None,
    }
    producer = Producer({"bootstrap.servers": sandbox.env()["KAFKA_BOOTSTRAP_SERVERS"]})
    for at, (key, value) in enumerate(bad.items()):
        producer.produce("departures", json.dumps(rows[at]).encode(), partition=0)
        producer.produce("departures", value, key, partition=0)
    for row in rows[len(bad) :]:
        producer.produce("departures", json.dumps(row).encode(), partition=1)
    producer.flush(10)

    sandbox.settle(within=20)

    letters = sandbox.sql("""
        SELECT key, headers->>'reason', (headers->>'offset')::INT, bytes
        FROM stream."departures.dead_letter" ORDER BY 3
    """).rows
    assert [(key, reason) for key, reason, *_ in letters] == [
        ("text", "the value is no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("naive", "scheduled_at cannot be '2013-06-08T10:00:00': it has no time zone"),
        ("endless", "distance is out of range: inf"),
        ("tail", "tailnum is no text: 7"),
        (None, "the value is no JSON: Expecting value: line 1 column 1 (char 0)"),
    ]
    assert [offset for *_, offset, _ in letters] == [1, 3, 5, 7, 9]
    assert letters[0][3] == "no departure"
    scored = sandbox.sql("""
        SELECT count(*), count(DISTINCT key) FROM stream.predictions
        WHERE (value->>'probability')::DOUBLE BETWEEN 0 AND 1
    """)
    assert scored.rows == ((len(rows), len(rows)),)
    archived = sandbox.sql("SELECT count(*) FROM parquet('archive/**/*.parquet')")
    assert archived.rows == ((len(rows),),)
