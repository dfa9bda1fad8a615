"""The call log holds what was asked and answered, a line of JSON a call."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.serving.calls import CallLog, RecordCalls, as_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def answering(*parts: bytes, status: int = 200) -> ASGIApp:
    """Give an application that reads its request and answers in parts."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": status, "headers": []})
        for place, part in enumerate(parts, 1):
            more = place < len(parts)
            await send({"type": "http.response.body", "body": part, "more_body": more})

    return app


async def call(app: ASGIApp, *parts: bytes, path: str = "/x", method: str = "POST") -> None:
    """Send one request, its body in parts."""
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": place < len(parts)}
        for place, part in enumerate(parts or (b"",), 1)
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(_message: Message) -> None:
        return

    await app({"type": "http", "method": method, "path": path}, receive, send)


def record(path: Path, work: Callable[[CallLog], Awaitable[None]]) -> list[dict[str, Any]]:
    """Do some work with a log and give its lines."""

    async def run() -> None:
        log = CallLog(path)
        await work(log)
        log.close()

    asyncio.run(run())
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_call_is_a_line(tmp_path: Path) -> None:
    """A line has when, how long, what was asked and what was answered, bodies put together."""
    before = time.time_ns() // 1000

    async def work(log: CallLog) -> None:
        app = RecordCalls(answering(b'{"y"', b":2}", status=201), log)
        await call(app, b'{"x":', b"1}", path='/a "b"')

    (line,) = record(tmp_path / "calls" / "x.jsonl", work)
    assert before <= line.pop("at") <= time.time_ns() // 1000
    assert line.pop("duration_us") >= 0
    assert line == {
        "method": "POST",
        "path": '/a "b"',
        "status": 201,
        "request": {"x": 1},
        "response": {"y": 2},
    }


def test_what_is_counted_is_in_the_file(tmp_path: Path) -> None:
    """Whoever asks for the counts finds every counted call in the file, at once."""
    path = tmp_path / "x.ndjson"
    found: list[int] = []

    async def work(log: CallLog) -> None:
        await call(RecordCalls(answering(b"1"), log))
        found.append(log.counts()["calls"])
        found.append(len(path.read_text().splitlines()))

    record(path, work)
    assert found == [1, 1]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"", None),
        (b"\xff\x00", {"bytes": 2}),
        (b"{", {"bytes": 1}),
        (b"NaN", {"bytes": 3}),
        (b'{"a":1} {', {"bytes": 9}),
        (b'"\xff"', {"bytes": 3}),
        (b'["\\ud800"]', {"bytes": 10}),
        (b'{\n "a":\r\n 1\n}\n', {"a": 1}),
        (b'"a\\nb"', "a\nb"),
    ],
)
def test_bodies_that_are_no_json_are_counted(tmp_path: Path, body: bytes, kept: object) -> None:
    """JSON stands as it was sent, on one line; anything else as its length; nothing as null."""

    async def work(log: CallLog) -> None:
        await call(RecordCalls(answering(body), log), body)

    (line,) = record(tmp_path / "calls.jsonl", work)
    assert (line["request"], line["response"]) == (kept, kept)


@given(JSON_VALUES, st.sampled_from([None, 1, "\t"]))
def test_any_json_keeps_to_one_line(value: object, indent: int | str | None) -> None:
    """However JSON was laid out, it means the same in the log and breaks no line."""
    kept = as_json(json.dumps(value, indent=indent, ensure_ascii=False).encode())
    assert json.loads(kept) == value
    assert b"\n" not in kept


@pytest.mark.parametrize("path", ["/sandbox/status", "/health", "/v2/health/ready", "/metrics"])
def test_housekeeping_is_no_call(tmp_path: Path, path: str) -> None:
    """What the sandbox itself asks is not recorded."""

    async def work(log: CallLog) -> None:
        await call(RecordCalls(answering(b""), log), path=path)
        assert log.total == 0

    assert record(tmp_path / "calls.jsonl", work) == []


def test_a_call_that_fails_is_recorded(tmp_path: Path) -> None:
    """An application that raises is a call with status 500, and is no longer in flight."""

    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ConnectionError("on purpose")

    async def work(log: CallLog) -> None:
        with pytest.raises(ConnectionError):
            await call(RecordCalls(fail, log))
        assert (log.total, log.in_flight) == (1, 0)

    (line,) = record(tmp_path / "calls.jsonl", work)
    assert (line["status"], line["response"]) == (500, None)


def test_counts_what_is_in_flight(tmp_path: Path) -> None:
    """A call is in flight until it is answered, and counted once it is."""

    async def work(log: CallLog) -> None:
        go_on = asyncio.Event()
        begun = asyncio.Semaphore(0)

        async def wait(_scope: Scope, receive: Receive, _send: Send) -> None:
            await receive()
            begun.release()
            await go_on.wait()

        calls = [asyncio.create_task(call(RecordCalls(wait, log))) for _ in range(3)]
        for _ in calls:
            await begun.acquire()
        assert (log.in_flight, log.total) == (3, 0)
        go_on.set()
        await asyncio.gather(*calls)
        assert (log.in_flight, log.total) == (0, 3)

    assert len(record(tmp_path / "calls.jsonl", work)) == 3


def test_lines_are_written_in_the_same_turn(tmp_path: Path) -> None:
    """One turn of the event loop after the answer the lines are in the file."""
    file = tmp_path / "calls.jsonl"

    async def work(log: CallLog) -> None:
        app = RecordCalls(answering(b""), log)
        await call(app)
        await call(app)
        turn = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(turn.set_result, None)
        await turn
        assert len(file.read_text().splitlines()) == 2

    record(file, work)


def test_appends_and_truncates(tmp_path: Path) -> None:
    """A log that is opened again goes on; one that is truncated begins anew in the same file."""
    file = tmp_path / "calls.jsonl"

    async def ask(log: CallLog, path: str) -> None:
        await call(RecordCalls(answering(b""), log), path=path)

    async def forget(log: CallLog) -> None:
        await ask(log, "/2")
        log.truncate()
        assert log.total == 0
        await ask(log, "/3")

    assert [line["path"] for line in record(file, lambda log: ask(log, "/0"))] == ["/0"]
    assert [line["path"] for line in record(file, lambda log: ask(log, "/1"))] == ["/0", "/1"]
    assert [line["path"] for line in record(file, forget)] == ["/3"]
