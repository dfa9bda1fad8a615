"""How quick the model server is, beside an endpoint that does nothing, in the same run.

Run it as `python tests/benchmarks/model_server.py`. It prints the median of one client and the rate
of eight with the processor time for each answer, for one and for a hundred rows of twelve numbers, as JSON and in binary; from start to
listening and to ready; and resident memory. The model is a logistic regression, so that what is
measured is the server; `--models DIR` takes the models of a folder (`<name>/<version>/…`) instead.
The load comes from a process of its own, over raw sockets that are kept alive.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import statistics
import struct
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from feature_server import NOTHING, ROOT, Running, http_request, latencies, rate, run

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

sys.path.insert(0, str(ROOT / "tests" / "servers" / "model"))

import tiny_model
from object_store_process import ObjectStoreProcess

FEATURES = 12
REQUESTS = 200


@contextmanager
def object_store(folder: Path, files: Mapping[str, bytes]) -> Iterator[Mapping[str, str]]:
    """Run an object store that holds `files`; gives the variables that name it."""
    folder.mkdir()
    store = ObjectStoreProcess(folder)
    try:
        store.make_bucket("models")
        store.put("models", files)
        yield store.environment
    finally:
        store.stop()


def models(folder: Path | None) -> tuple[str, dict[str, bytes]]:
    """Give the name of the model to ask, and the files to put."""
    if folder is None:
        weights = [0.1 * number for number in range(FEATURES)]
        names = [f"f{number}" for number in range(FEATURES)]
        return "tiny", tiny_model.files(tiny_model.logistic(weights), "tiny", "1", names)
    paths = [path for path in folder.rglob("*") if path.is_file()]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return min(files).partition("/")[0], files


def model_server(folder: Path, model: str) -> Sequence[str]:
    """Give the command of the model server."""
    data = ["--data-dir", str(folder), "--calls", str(folder / "calls.jsonl")]
    return ["-m", "sandbox.servers.model", *data, "--models", "s3://models", "--declare", model]


def seconds_to_ready(server: Running, began: float) -> float:
    """Wait until the models are loaded; gives the seconds since `began`."""

    def look() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            connection.request("GET", "/v2/health/ready")
            return connection.getresponse().status == http.client.OK
        finally:
            connection.close()

    wait_until(look, within=30, waiting_for="the models")
    return time.perf_counter() - began


def json_requests(model: str, rows: int) -> list[bytes]:
    """Give whole HTTP requests for random rows, as JSON."""
    chance = random.Random(0)  # noqa: S311 - a load, no secret
    requests = []
    for _ in range(REQUESTS):
        data = [round(chance.uniform(0, 100), 2) for _ in range(rows * FEATURES)]
        tensor = {"name": "features", "datatype": "FP32", "shape": [rows, FEATURES], "data": data}
        body = json.dumps({"inputs": [tensor]}).encode()
        requests.append(http_request(f"/v2/models/{model}/infer", body))
    return requests


def binary_requests(model: str, rows: int) -> list[bytes]:
    """Give whole HTTP requests for random rows, as tritonclient sends them."""
    chance = random.Random(0)  # noqa: S311 - a load, no secret
    requests = []
    for _ in range(REQUESTS):
        values = [chance.uniform(0, 100) for _ in range(rows * FEATURES)]
        raw = struct.pack(f"<{len(values)}f", *values)
        tensor = {"name": "features", "datatype": "FP32", "shape": [rows, FEATURES]}
        tensor["parameters"] = {"binary_data_size": len(raw)}
        asked = {"inputs": [tensor], "parameters": {"binary_data_output": True}}
        head = json.dumps(asked).encode()
        whole = http_request(f"/v2/models/{model}/infer", head + raw)
        size = f"\r\nInference-Header-Content-Length: {len(head)}\r\n\r\n".encode()
        requests.append(whole.replace(b"\r\n\r\n", size, 1))
    return requests


def measure(
    pool: ProcessPoolExecutor, name: str, server: Running, requests: list[bytes], seconds: float
) -> None:
    """Print the median of one client, the rate of eight, and the processor time for each answer.

    The last says what the server could do if nothing else ran on its core.
    """
    taken = pool.submit(latencies, server.port, requests, seconds).result()
    process = psutil.Process(server.pid)
    before = process.cpu_times()
    answered = pool.submit(rate, server.port, requests, 8, seconds).result()
    after = process.cpu_times()
    busy = after.user + after.system - before.user - before.system
    p99 = statistics.quantiles(taken, n=100)[98]
    print(
        f"{name:34} 1 client p50 {statistics.median(taken):7.0f} µs  p99 {p99:7.0f} µs"
        f"   8 clients {answered:8,.0f}/s  {busy / seconds / answered * 1e6:5.0f} µs CPU each"
    )


@contextmanager
def started(folder: Path, model: str, how: str) -> Iterator[Running]:
    """Start the model server, and print how long that took."""
    began = time.perf_counter()
    with run(*model_server(folder, model)) as server:
        ready = seconds_to_ready(server, began)
        print(
            f"{'model server, ' + how:34} listens in {server.ready_after * 1e3:.0f} ms,"
            f" ready in {ready * 1e3:.0f} ms, {server.megabytes:.0f} MB"
        )
        yield server


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each measurement")
    parser.add_argument("--models", type=Path, help="a folder of models to ask instead")
    options = parser.parse_args()
    model, files = models(options.models)
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        with run("-c", NOTHING, ready_fd="") as nothing:
            print(f"{'doing nothing':34} listens in {nothing.ready_after * 1e3:.0f} ms")
            requests = [http_request("/", b"{}")]
            measure(pool, "doing nothing", nothing, requests, options.seconds)
        with object_store(folder / "store", files) as environment:
            os.environ.update(environment)
            with started(folder / "server", model, "from the object store"):
                pass
        with started(folder / "server", model, "from its folder") as server:
            for kind, make in (("JSON", json_requests), ("binary", binary_requests)):
                for rows in (1, 100):
                    title = f"{rows} row{'s' if rows > 1 else ''} of {FEATURES}, {kind}"
                    measure(pool, title, server, make(model, rows), options.seconds)
            print(f"{'after all that':34} {server.megabytes:.0f} MB")


if __name__ == "__main__":
    main()
