"""SQL over the tables: reads, and nothing else."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from feature_process import FeatureProcess, succeed

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from pathlib import Path

ENDLESS = "SELECT count(*) FROM range(1000000000) AS a, range(1000000000) AS b"


def test_rows_as_arrow(weather: FeatureProcess) -> None:
    """The answer is an Arrow IPC stream, moments with their zone."""
    assert weather.sql(
        """SELECT origin, max("at") AS newest FROM weather GROUP BY ALL ORDER BY ALL"""
    ) == [
        {"origin": "EWR", "newest": datetime(2013, 6, 8, 11, tzinfo=UTC)},
        {"origin": "JFK", "newest": datetime(2013, 6, 8, 11, tzinfo=UTC)},
    ]


def test_rows_as_json(weather: FeatureProcess) -> None:
    """Where JSON is accepted rows are objects, moments ISO 8601 in UTC, NaN null."""
    query = """SELECT origin, "at", 'NaN'::DOUBLE AS x, sum(vis) AS big, [now()] AS times
               FROM weather WHERE origin = 'EWR' GROUP BY ALL"""
    answer = succeed(weather.ask("POST", "/sql", {"query": query}, {"Accept": "application/json"}))
    (row,) = answer.json()
    assert isinstance(row.pop("times"), str)
    assert row == {"origin": "EWR", "at": "2013-06-08T11:00:00.000000Z", "x": None, "big": "8"}


def test_no_rows_are_an_answer(weather: FeatureProcess) -> None:
    """A query without rows gives a stream without rows, columns and all."""
    assert weather.sql("FROM weather WHERE origin = 'XXX'") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("DELETE FROM weather", "only SELECT is answered here, this is DELETE"),
        ("CREATE TABLE x AS SELECT 1", "this is CREATE"),
        ("COPY weather TO '/tmp/x.csv'", "this is COPY"),
        ("ATTACH '/tmp/x.duckdb'", "this is ATTACH"),
        ("SET memory_limit = '1GB'", "this is SET"),
        ("INSTALL httpfs", "this is LOAD"),
        ("PRAGMA enable_progress_bar", "this is PRAGMA"),
        ("WITH w AS (INSERT INTO weather FROM weather RETURNING *) FROM w", "Error"),
        ("EXPLAIN ANALYZE DELETE FROM weather", "read-only"),
        ("SELECT 1; SELECT 2", "one statement is wanted, here are 2"),
        ("", "one statement is wanted, here are 0"),
        ("SELECT * FROM wether", "weather"),
        ("SELEC 1", "syntax error"),
        ("FROM read_text('/etc/hosts')", "disabled by configuration"),
        ("FROM glob('/*')", "disabled by configuration"),
        ("FROM 'https://example.com/x.parquet'", "disabled by configuration"),
        ("SELECT error('boom')", "boom"),
    ],
)
def test_refuses(weather: FeatureProcess, query: str, said: str) -> None:
    """What is no read, or reaches for files or the network, gets 400 with DuckDB's words."""
    before = weather.get("/sandbox/tables")
    answer = weather.ask("POST", "/sql", {"query": query})
    assert (answer.status, said in answer.detail) == (400, True), answer.detail
    assert weather.get("/sandbox/tables") == before
    assert weather.sql("SELECT count(*) AS n FROM weather") == [{"n": 3}]


@pytest.mark.parametrize("body", [b"", b"{", b'"x"', b'{"sql": "SELECT 1"}', b"\xff"])
def test_refuses_malformed_bodies(server: FeatureProcess, body: bytes) -> None:
    """A body without a query is told so."""
    answer = server.ask("POST", "/sql", body, {"Content-Type": "application/json"})
    assert (answer.status, "body" in answer.detail) == (422, True)


def test_endless_query_keeps_nobody_waiting(tmp_path: Path) -> None:
    """While queries run without end features are read; a client that hangs up ends its query."""
    server = FeatureProcess(tmp_path)
    server.define("t", ["key"], "at")
    server.write("t", [{"key": "a", "at": "2013-06-08T00:00:00Z", "x": 1}])
    hanging = [_ask_endlessly(server.port) for _ in range(6)]
    wait_until(lambda: _in_flight(server) == 6, within=30, waiting_for="six queries to run")
    assert server.read_online(["t:x"], key=["a"])["x"] == [1]
    server.write("t", [{"key": "a", "at": "2013-06-09T00:00:00Z", "x": 2}])
    assert server.read_online(["t:x"], key=["a"])["x"] == [2]
    for connection in hanging:
        connection.close()
    wait_until(lambda: _in_flight(server) == 0, within=30, waiting_for="the queries to end")
    assert server.sql("SELECT x FROM t ORDER BY x") == [{"x": 1}, {"x": 2}]
    assert server.stop() == 0


def _ask_endlessly(port: int) -> socket.socket:
    body = json.dumps({"query": ENDLESS}).encode()
    connection = socket.create_connection(("127.0.0.1", port))
    head = f"POST /sql HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def _in_flight(server: FeatureProcess) -> int:
    return int(server.get("/sandbox/status")["in_flight"])
