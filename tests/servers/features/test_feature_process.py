"""The process: starting, stopping, and what survives both and `kill -9`."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from feature_process import FeatureProcess, command, succeed

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own_server(tmp_path: Path) -> FeatureProcess:
    """Give a server that the test may end."""
    return FeatureProcess(tmp_path)


def run_to_end(*arguments: str, folder: Path) -> tuple[int, str]:
    """Run a server that will not start, and give its exit code and what it said."""
    ended = subprocess.run(
        command(folder, *arguments), capture_output=True, text=True, timeout=60, check=False
    )
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_everything_survives_a_restart(own_server: FeatureProcess, end: str) -> None:
    """Rows, definitions, versions, services and the clock are there again, however it ended."""
    server = own_server
    server.define("t", ["key"], "at", ttl=60)
    rows = [{"key": "a", "at": f"2013-06-08T11:00:0{n}Z", "x": n} for n in range(5)]
    server.write("t", rows)
    server.write("t", [{**rows[0], "x": 99}])
    server.define("empty", ["key"], "at")
    succeed(server.ask("PUT", "/sandbox/feature-services/s", {"features": ["t:x"]}))
    server.set_clock("2013-06-08T11:00:02.5Z")
    paths = ("/sandbox/tables", "/sandbox/feature-services", "/sandbox/clock")
    before = [server.get(path) for path in paths], server.sql("FROM t ORDER BY ALL")
    if end == "stop":
        assert server.stop() == 0
    else:
        server.kill()
    server = FeatureProcess(server.folder)
    assert ([server.get(path) for path in paths], server.sql("FROM t ORDER BY ALL")) == before
    assert server.read_online(["t:x"], key=["a"])["x"] == [2]
    server.set_clock("2013-06-08T11:00:00Z")
    assert server.read_online(["t:x"], key=["a"])["x"] == [99]
    assert server.stop() == 0


def test_acknowledged_rows_survive_kill(own_server: FeatureProcess) -> None:
    """`kill -9` at random moments among writes: every row that was acknowledged is there."""
    server, chance = own_server, random.Random(7)  # noqa: S311 - moments, no secret
    server.define("t", ["key"], "at")
    acknowledged: list[int] = []
    for kills in range(1, 5):
        enough = len(acknowledged) + chance.randrange(1, 40)
        writer = threading.Thread(target=write_until_it_dies, args=(server, acknowledged))
        writer.start()
        wait_until(
            lambda enough=enough: len(acknowledged) >= enough, within=30, waiting_for="writes"
        )
        server.kill()
        writer.join(30)
        server = FeatureProcess(server.folder)
        there = {row["key"] for row in server.sql("SELECT key FROM t")}
        assert set(acknowledged) <= there
        # What was under way at each kill may be there or not; nothing else may.
        assert len(there) <= len(acknowledged) + kills
        asked = acknowledged[-50:]
        assert server.read_online(["t:x"], key=asked)["x"] == [float(number) for number in asked]
    assert server.stop() == 0


def write_until_it_dies(server: FeatureProcess, acknowledged: list[int]) -> None:
    """Write rows one by one, and note each that was acknowledged."""
    number = (acknowledged[-1] if acknowledged else 0) + 1
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Content-Type": "application/json"}
    while True:
        row = {"key": number, "at": "2013-06-08T11:00:00Z", "x": float(number)}
        try:
            connection.request("POST", "/sandbox/tables/t/rows", json.dumps([row]), headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return
        assert response.status == 200
        acknowledged.append(number)
        number += 1


def test_stopping_lets_requests_finish(own_server: FeatureProcess) -> None:
    """A write that is under way when the server is asked to stop is answered, or is not there."""
    server = own_server
    server.define("t", ["key"], "at")
    acknowledged: list[int] = []
    writer = threading.Thread(target=write_until_it_dies, args=(server, acknowledged))
    writer.start()
    wait_until(lambda: len(acknowledged) > 3, within=30, waiting_for="writes")
    assert server.stop() == 0
    writer.join(30)
    again = FeatureProcess(server.folder)
    assert again.sql("SELECT count(*) AS n FROM t") == [{"n": len(acknowledged)}]
    assert again.stop() == 0


def test_taken_port_and_folder_are_said(own_server: FeatureProcess, tmp_path: Path) -> None:
    """A port or a folder that is in use ends the start: exit code 3, one plain line."""
    port = str(own_server.port)
    code, said = run_to_end("--port", port, folder=tmp_path / "other")
    assert (code, "address already in use" in said, "Traceback" in said) == (3, True, False)
    code, said = run_to_end(folder=tmp_path)
    assert (code, said.startswith("feature server: "), "Traceback" in said) == (3, True, False)
    own_server.define("t", ["key"], "at")
    assert own_server.stop() == 0


def test_leftover_uploads_are_cleared(tmp_path: Path) -> None:
    """What a killed server left of an upload is gone after the next start."""
    left = tmp_path / "uploads" / "x.parquet"
    left.parent.mkdir()
    left.write_bytes(b"x")
    server = FeatureProcess(tmp_path)
    assert not left.exists()
    assert server.stop() == 0


def test_calls_are_recorded(own_server: FeatureProcess) -> None:
    """Calls of an app are logged with request and response; house-keeping is not."""
    server = own_server
    server.define("t", ["key"], "at")
    server.write("t", [{"key": "a", "at": "2013-06-08T11:00:00Z", "x": 1}])
    server.read_online(["t:x"], key=["a"])
    server.sql("SELECT 1")
    status = server.get("/sandbox/status")
    assert (status["calls"], status["in_flight"]) == (2, 0)
    log = server.folder / "calls.jsonl"
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(call["path"], call["status"]) for call in calls] == [
        ("/get-online-features", 200),
        ("/sql", 200),
    ]
    assert calls[0]["request"]["features"] == ["t:x"]
    assert calls[0]["response"]["results"][1]["values"] == [1]
    succeed(server.ask("DELETE", "/sandbox/calls"))
    assert (log.read_bytes(), server.get("/sandbox/status")["calls"]) == (b"", 0)
    assert server.stop() == 0
