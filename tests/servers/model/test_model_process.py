"""The process: starting, stopping, what survives `kill -9`, and what is recorded of calls."""

from __future__ import annotations

import http.client
import json
import os
import struct
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import tiny_model
from model_bucket import NAMES, WEIGHTS
from model_process import command, features, succeed

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from model_bucket import Bucket
    from model_process import Answer, ModelProcess

    StartServer = Callable[..., ModelProcess]

ROWS = [[0.5, 1.0, -2.0]]
NO_STORE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


def run_to_end(
    folder: Path, *more: str, models: str = "s3://models"
) -> subprocess.CompletedProcess[str]:
    """Run a server that will not start."""
    told = [*command(folder, models=models, declare=[]), *more]
    return subprocess.run(told, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_loaded_is_there_again_without_the_store(
    bucket: Bucket, start_server: StartServer, end: str
) -> None:
    """Versions that were loaded, and no others, are served after any end, from the data folder."""
    bucket.put_version("m", "1")
    bucket.put_version("m", "9")
    bucket.put_version("also", "1")
    bucket.put_version("gone", "1")
    server = start_server("m", "gone")
    server.wait_ready()
    succeed(server.load("also"))
    succeed(server.unload("gone"))
    before = server.probabilities("m", ROWS), server.index()
    bucket.put_version("m", "10")
    if end == "kill":
        server.kill()
    else:
        assert server.stop() == 0
    again = start_server("m", store=NO_STORE)
    again.wait_ready()
    # Ready says that what is declared is loaded; what else was loaded comes in its own time.
    wait_until(
        lambda: again.index() == before[1],
        within=30,
        waiting_for="what was loaded",
        last_seen=again.index,
    )
    assert again.probabilities("m", ROWS) == before[0]


def test_a_load_that_is_killed_leaves_the_former_state_or_the_next(
    bucket: Bucket, start_server: StartServer
) -> None:
    """`kill -9` among loads: what was acknowledged is there, and nothing is torn."""
    for number, version in enumerate(WEIGHTS):
        bucket.put_version("m", version)
        server = start_server("m")
        server.wait_ready()
        succeed(server.load("m"))
        bucket.put(tiny_model.files(tiny_model.logistic([number, 1, 1]), "m", "77", NAMES))
        loading = threading.Thread(target=_until_it_dies, args=(server,))
        loading.start()
        server.kill()
        loading.join(30)
        again = start_server("m", store=NO_STORE)
        again.wait_ready()
        versions = again.get("/sandbox/status")["models"]["m"]
        assert set(versions) - {"77"} == set(list(WEIGHTS)[: number + 1])
        assert again.stop() == 0


def _until_it_dies(server: ModelProcess) -> None:
    try:
        while True:
            server.load("m")
    except (OSError, http.client.HTTPException):
        return


def test_a_kept_file_that_was_changed_is_fetched_again(
    bucket: Bucket, start_server: StartServer
) -> None:
    """A model's file that no longer has its sha256 is not served: the object store is asked."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    before = server.probabilities("m", ROWS)
    server.kill()
    (file,) = (server.folder / "models").iterdir()
    file.write_bytes(tiny_model.logistic(WEIGHTS["9"]))
    again = start_server("m")
    again.wait_ready()
    assert again.probabilities("m", ROWS) == before


def test_requests_in_flight_finish_on_the_version_they_began_with(
    bucket: Bucket, start_server: StartServer
) -> None:
    """A load swaps versions under a running inference, and others are answered meanwhile."""
    slow = tiny_model.logistic([1.0], rounds=3000)
    bucket.put(tiny_model.files(slow, "m", "1", ["a"]))
    server = start_server("m")
    server.wait_ready()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(_ask_rows, server, 200_000)
        wait_until(
            lambda: server.get("/sandbox/status")["in_flight"], within=10, waiting_for="the call"
        )
        bucket.remove("m/1/model.onnx", "m/1/manifest.json")
        bucket.put(tiny_model.files(tiny_model.logistic([2.0]), "m", "2", ["a"]))
        succeed(server.load("m"))
        assert server.get("/sandbox/status") | {"calls": 0} == {
            "in_flight": 1,
            "calls": 0,
            "models": {"m": ["2"]},
        }
        old = asking.result(60)
    assert b'"model_version":"1"' in old.body[:200]
    assert b'"model_version":"2"' in succeed(_ask_rows(server, 1)).body[:200]


def _ask_rows(server: ModelProcess, rows: int) -> Answer:
    tensor = {"name": "features", "datatype": "FP32", "shape": [rows, 1]}
    asked = {
        "inputs": [{**tensor, "parameters": {"binary_data_size": rows * 4}}],
        "parameters": {"binary_data_output": True},
    }
    head = json.dumps(asked).encode()
    headers = {"Inference-Header-Content-Length": str(len(head))}
    body = head + struct.pack("<f", 0.5) * rows
    return succeed(server.ask("POST", "/v2/models/m/infer", body, headers))


def test_many_at_once_get_their_own_answers(bucket: Bucket, start_server: StartServer) -> None:
    """Eight clients, loads in between: every answer is the one that its row has alone."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    rows = [[float(number), 1.0, 2.0] for number in range(-20, 20)]
    alone = [server.probabilities("m", [row])[0] for row in rows]

    def ask_all(_client: int) -> list[float]:
        return [server.probabilities("m", [row])[0] for row in rows]

    with ThreadPoolExecutor(9) as pool:
        loading = pool.submit(lambda: [server.load("m").status for _ in range(20)])
        found = list(pool.map(ask_all, range(8)))
        assert set(loading.result()) == {200}
    assert found == [alone] * 8


def test_calls_are_recorded(bucket: Bucket, start_server: StartServer) -> None:
    """Each call is a line: JSON as it was sent, bytes as numbers, refusals too, health not."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    asked = {"inputs": [features([[1.0, 2.0, None]])], "id": "x"}
    answer = succeed(server.ask("POST", "/v2/models/m/versions/1/infer", asked))
    server.ask("POST", "/v2/models/m/infer", b'{"inputs": NaN}')
    head = {"name": "features", "datatype": "FP32", "shape": [1, 3]}
    sent = {
        "inputs": [{**head, "parameters": {"binary_data_size": 12}}],
        "parameters": {"binary_data_output": True},
    }
    text = json.dumps(sent).encode()
    raw = struct.pack("<3f", 0.5, 1.0, float("nan"))
    size = {"Inference-Header-Content-Length": str(len(text))}
    succeed(server.ask("POST", "/v2/models/m/infer", text + raw, size))
    first, wrong, binary = server.calls(3)
    assert (first["method"], first["path"]) == ("POST", "/v2/models/m/versions/1/infer")
    assert (first["status"], first["request"], first["response"]) == (200, asked, answer.json())
    assert 0 < first["duration_us"] < 10_000_000
    assert (wrong["status"], wrong["request"]) == (400, {"bytes": 15})
    assert wrong["response"]["error"].startswith("NaN")
    assert binary["request"] == {"inputs": [{**head, "data": [0.5, 1.0, None]}]}
    assert binary["response"]["outputs"] == [
        {"name": "probability", "datatype": "FP32", "shape": [1], "data": [None]}
    ]


def test_status_counts_and_calls_are_forgotten(bucket: Bucket, start_server: StartServer) -> None:
    """`calls` counts what the log holds, and `DELETE /sandbox/calls` empties both."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    for _ in range(3):
        server.probabilities("m", ROWS)
    assert server.get("/sandbox/status") == {"in_flight": 0, "calls": 3, "models": {"m": ["1"]}}
    assert server.ask("DELETE", "/sandbox/calls").status == 200
    assert server.get("/sandbox/status")["calls"] == 0
    assert server.calls(0) == []
    server.probabilities("m", ROWS)
    assert len(server.calls(1)) == 1


def test_a_client_that_hangs_up_harms_nobody(bucket: Bucket, start_server: StartServer) -> None:
    """A request that breaks off is not answered, not recorded, and not in flight."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("POST", "/v2/models/m/infer")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b'{"inputs": [')
    wait_until(
        lambda: server.get("/sandbox/status")["in_flight"] == 1, within=10, waiting_for="the call"
    )
    connection.close()
    wait_until(
        lambda: server.get("/sandbox/status")["in_flight"] == 0, within=10, waiting_for="its end"
    )
    assert server.probabilities("m", ROWS)
    assert len(server.calls(1)) == 1


def test_it_listens_before_models_are_there(start_server: StartServer) -> None:
    """The announcement waits for nothing: liveness is 200 and readiness 503 at once."""
    server = start_server("m", store=NO_STORE)
    assert server.get("/v2/health/live") == {"live": True}
    ready = server.ask("GET", "/v2/health/ready")
    assert (ready.status, ready.error.startswith("model 'm' is not loaded yet")) == (503, True)


def test_a_folder_has_one_server(start_server: StartServer, tmp_path: Path) -> None:
    """A second server on the same data folder ends with code 3 and says why."""
    start_server()
    ended = run_to_end(tmp_path)
    assert ended.returncode == 3
    assert ended.stderr == f"model server: another model server uses the folder {tmp_path}\n"


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """Code 3 where the data folder cannot be made."""
    (tmp_path / "file").write_text("")
    ended = run_to_end(tmp_path / "file")
    assert ended.returncode == 3
    assert str(tmp_path / "file") in ended.stderr


@pytest.mark.parametrize("address", ["models", "http://models", "s3://"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    """Code 2, and how an address is written."""
    ended = run_to_end(tmp_path, models=address)
    assert ended.returncode == 2
    assert f"--models: {address!r} is not s3://BUCKET or s3://BUCKET/PREFIX" in ended.stderr


def test_it_stops_in_order_while_it_looks_for_models(
    start_server: StartServer, tmp_path: Path
) -> None:
    """SIGTERM ends it with code 0 also while what is declared is not there."""
    server = start_server("m", store=NO_STORE)
    assert server.stop() == 0
    assert os.listdir(tmp_path / "models") == []  # noqa: PTH208 - names alone


def test_nothing_is_said_that_is_no_json(bucket: Bucket, start_server: StartServer) -> None:
    """A model that gives NaN answers null."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    answer: dict[str, Any] = succeed(server.infer("m", [features([[None, 1.0, 2.0]])])).json()
    assert answer["outputs"][0]["data"] == [None]
