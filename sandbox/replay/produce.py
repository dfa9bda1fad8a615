"""produce: write a fixture's rows, or records written out, to a topic."""

from __future__ import annotations

import json
import threading
import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sandbox.replay.settle import CALM_BETWEEN_TICKS, settle
from sandbox.replay.tick import start_of_tick
from sandbox.services import sql
from sandbox.services.sql import identifier, literal
from sandbox.services.stream_client import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sandbox.document import Pace
    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import Produce, Record

# A column of our own beside the fixture's: the record's time in milliseconds.
TIME = "__sandbox_timestamp"


def act(stage: Stage, step: Produce) -> str:
    """Write the records at the step's pace; with `tick`, an hour (say) at a time."""
    messages = list(_written_out(step.records)) if step.records else _from_fixture(stage, step)
    with stage.live.stream() as client:
        if step.tick is None:
            client.produce(step.topic, paced(messages, step.pace))
        else:
            for tick, together in groupby(messages, lambda each: start_of_tick(each, step.tick)):
                settle(stage.live, stage.scenario.settle_within, calm=CALM_BETWEEN_TICKS)
                stage.live.feature_server().set_clock(tick)
                client.produce(step.topic, paced(list(together), step.pace))
    return f"{len(messages)} records to {step.topic}"


def _written_out(records: Sequence[Record]) -> Iterator[Message]:
    for record in records:
        text = record.text if record.text is not None else json.dumps(record.value)
        yield Message(
            value=text.encode(),
            key=None if record.key is None else record.key.encode(),
            headers=tuple((name, value.encode()) for name, value in record.headers.items()),
        )


def _from_fixture(stage: Stage, step: Produce) -> list[Message]:
    file = stage.table(step.source or "")
    clock = f"epoch_ms({identifier(step.timestamp)}::TIMESTAMPTZ)" if step.timestamp else "NULL"
    order = step.order_by or (identifier(step.timestamp) if step.timestamp else None)
    query = f"SELECT *, {clock} AS {TIME} FROM read_parquet({literal(str(file))})"
    query += f" WHERE {step.where}" if step.where else ""
    query += f" ORDER BY {order}" if order else ""
    connection = sql.connect()
    try:
        rows = sql.query(connection, query).as_dicts()
    finally:
        connection.close()
    return [_message(row, step.key) for row in rows]


def _message(row: dict[str, Any], key: Sequence[str]) -> Message:
    timestamp = row.pop(TIME)
    return Message(
        value=json.dumps(row, allow_nan=False).encode(),
        key=_key([row[column] for column in key]),
        timestamp=timestamp,
    )


def _key(parts: Sequence[Any]) -> bytes | None:
    """Join a key's parts; a record whose parts are all NULL has no key."""
    if all(part is None for part in parts):
        return None
    return "|".join("" if part is None else _text(part) for part in parts).encode()


def _text(part: Any) -> str:
    return part if isinstance(part, str) else json.dumps(part)


def paced(messages: Sequence[Message], pace: Pace) -> Iterable[Message]:
    """Give each message when it is due: at once, so many a second, or by its timestamp, scaled."""
    if pace.per_second is None and pace.speed is None:
        return messages
    return _when_due(messages, pace)


def _when_due(messages: Sequence[Message], pace: Pace) -> Iterator[Message]:
    # Writing the first record connects, which takes its time: the others count from when that is
    # done.
    yield from messages[:1]
    began = time.monotonic()
    nobody_sets_it = threading.Event()
    for position, message in enumerate(messages[1:], start=1):
        due = began + _offset(messages[0], message, position, pace)
        nobody_sets_it.wait(max(0.0, due - time.monotonic()))
        yield message


def _offset(first: Message, message: Message, position: int, pace: Pace) -> float:
    """Give the seconds between the first message and this one."""
    if pace.per_second is not None:
        return position / pace.per_second
    if message.timestamp is None or first.timestamp is None or pace.speed is None:
        return 0.0
    return (message.timestamp - first.timestamp) / 1000 / pace.speed
