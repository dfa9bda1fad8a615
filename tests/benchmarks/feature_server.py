"""How quick the feature server is, beside an endpoint that does nothing, in the same run.

Run it as `python tests/benchmarks/feature_server.py`. It prints the median of one client and the
rate of eight, for one and for a hundred entities of ten features each; the point-in-time join of
10,000 rows against 300,000 rows of ten features; from start to ready; and resident memory.
The load comes from a process of its own, over raw sockets that are kept alive.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import io
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, cast

import duckdb
import psutil
import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
KEYS, EVENTS, FEATURES = 3_000, 100, 10
NOTHING = """
from sandbox.serving.http import serve
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for done in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{done}.complete"})
        return
    await receive()
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"application/json"), (b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
import sys
serve(app, port=0, ready_fd=int(sys.argv[1]))
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server process: where it listens, and how many seconds it took to be ready."""

    pid: int
    port: int
    ready_after: float

    @property
    def megabytes(self) -> float:
        """Give its resident memory."""
        return psutil.Process(self.pid).memory_info().rss / 1e6


@contextmanager
def run(*command: str, ready_fd: str = "--ready-fd") -> Iterator[Running]:
    """Start a server, wait until it says that it is ready, and stop it at the end."""
    reading, writing = os.pipe()
    flag = [ready_fd, str(writing)] if ready_fd else [str(writing)]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command, *flag], pass_fds=[writing], cwd=ROOT)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = json.loads(pipe.readline())
    try:
        yield Running(process.pid, said["port"], time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(10)


def feature_server(folder: Path) -> Sequence[str]:
    """Give the command of the feature server."""
    data = ["--data-dir", str(folder), "--calls", str(folder / "calls.jsonl")]
    return ["-m", "sandbox.servers.features", *data]


def ask(port: int, method: str, path: str, body: bytes, content_type: str) -> bytes:
    """Send one request and give the answer; raises where it is refused."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(method, path, body, {"Content-Type": content_type})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{method} {path}: {response.status} {answer[:300]!r}")
    return answer


def parquet(select: str) -> bytes:
    """Give a query's rows as Parquet."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder) / "rows.parquet"
        connection.execute(f"COPY ({select}) TO '{file}' (FORMAT parquet)").fetchall()
        return file.read_bytes()


def fill(port: int) -> float:
    """Declare the table and write 300,000 rows; gives the seconds that the write took."""
    definition = {"entity": ["driver"], "event_timestamp": "at"}
    body = json.dumps(definition).encode()
    ask(port, "PUT", "/sandbox/tables/stats", body, "application/json")
    features = ", ".join(f"random() AS f{number}" for number in range(FEATURES))
    rows = parquet(
        f"SELECT range % {KEYS} AS driver, TIMESTAMPTZ '2013-01-01 00:00:00+00'"
        f" + to_seconds(range * 60) AS at, {features} FROM range({KEYS * EVENTS})"
    )
    began = time.perf_counter()
    kind = "application/vnd.apache.parquet"
    ask(port, "POST", "/sandbox/tables/stats/rows?mode=replace", rows, kind)
    return time.perf_counter() - began


def online_requests(entities: int, count: int = 200) -> list[bytes]:
    """Give whole HTTP requests for ten features of random entities."""
    chance = random.Random(0)  # noqa: S311 - a load, no secret
    requests = []
    for _ in range(count):
        wanted = {
            "features": [f"stats:f{number}" for number in range(FEATURES)],
            "entities": {"driver": [chance.randrange(KEYS) for _ in range(entities)]},
        }
        requests.append(http_request("/get-online-features", json.dumps(wanted).encode()))
    return requests


def http_request(path: str, body: bytes) -> bytes:
    """Give a POST as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def whole(answer: bytes | bytearray) -> bool:
    """Tell whether a response has come in full; raises where it is no success."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    if not gap:
        return False
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(bytes(answer[:300]).decode())
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return len(body) >= length


def latencies(port: int, requests: Sequence[bytes], seconds: float) -> list[float]:
    """Ask one after the other over one connection; gives microseconds a request."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        taken: list[float] = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            request = requests[len(taken) % len(requests)]
            began = time.perf_counter_ns()
            connection.sendall(request)
            answer = connection.recv(262_144)
            while not whole(answer):
                answer += connection.recv(262_144)
            taken.append((time.perf_counter_ns() - began) / 1000)
        return taken[len(taken) // 10 :]


class Client(asyncio.Protocol):
    """Asks as soon as it has its answer."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        """Start with the first request."""
        self._requests = requests
        self._answer = bytearray()
        self._transport: asyncio.Transport
        self.answered = 0
        self.refused = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._requests[0])

    def data_received(self, data: bytes) -> None:
        """Ask anew when the answer is whole."""
        self._answer += data
        try:
            complete = whole(self._answer)
        except RuntimeError as error:
            self.refused = str(error)
            self._transport.abort()
            return
        if complete:
            self._answer.clear()
            self.answered += 1
            self._transport.write(self._requests[self.answered % len(self._requests)])


def rate(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> float:
    """Let several clients ask at once; gives answers a second."""

    async def load() -> float:
        loop = asyncio.get_running_loop()
        made = [
            await loop.create_connection(lambda: Client(requests), "127.0.0.1", port)
            for _ in range(clients)
        ]
        began, before = loop.time(), sum(client.answered for _, client in made)
        finished = loop.create_future()
        loop.call_later(seconds, finished.set_result, None)
        await finished
        answered = sum(client.answered for _, client in made) - before
        if refused := [client.refused for _, client in made if client.refused]:
            raise RuntimeError(refused[0])
        took = loop.time() - began
        for transport, _ in made:
            transport.abort()
        return answered / took

    return uvloop.run(load())


def measure(pool: ProcessPoolExecutor, name: str, port: int, requests: list[bytes]) -> None:
    """Print the median of one client and the rate of eight."""
    taken = pool.submit(latencies, port, requests, SECONDS).result()
    answered = pool.submit(rate, port, requests, 8, SECONDS).result()
    p99 = statistics.quantiles(taken, n=100)[98]
    print(
        f"{name:34} 1 client p50 {statistics.median(taken):7.0f} µs  p99 {p99:7.0f} µs"
        f"   8 clients {answered:8,.0f}/s"
    )


def measure_join(port: int) -> None:
    """Print how long the point-in-time join of 10,000 rows takes, through HTTP."""
    rows = parquet(
        f"SELECT (random() * {KEYS - 1})::BIGINT AS driver, TIMESTAMPTZ '2013-01-01 00:00:00+00'"
        f" + to_seconds((random() * {KEYS * EVENTS * 60})::BIGINT) AS event_timestamp"
        " FROM range(10000)"
    )
    features = ",".join(f"stats:f{number}" for number in range(FEATURES))
    taken = []
    for _ in range(7):
        began = time.perf_counter()
        path = f"/get-historical-features?features={features}"
        answer = ask(port, "POST", path, rows, "application/vnd.apache.parquet")
        taken.append(time.perf_counter() - began)
    import nanoarrow as na  # noqa: PLC0415 - only to count what came
    from nanoarrow.ipc import InputStream  # noqa: PLC0415 - as above

    came = sum(
        len(batch) for batch in na.ArrayStream(InputStream.from_readable(io.BytesIO(answer)))
    )
    print(f"point-in-time join, {came:,} rows       median {statistics.median(taken) * 1e3:.0f} ms")


def main() -> None:
    """Measure everything."""
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        with run("-c", NOTHING, ready_fd="") as nothing:
            print(f"{'doing nothing':34} ready in {nothing.ready_after * 1e3:.0f} ms")
            measure(pool, "doing nothing", nothing.port, [http_request("/", b"{}")])
        with run(*feature_server(folder)) as server:
            print(
                f"{'feature server, empty':34} ready in {server.ready_after * 1e3:.0f} ms,"
                f" {server.megabytes:.0f} MB"
            )
            print(f"{'writing 300,000 rows of ten':34} {fill(server.port):.2f} s")
        with run(*feature_server(folder)) as server:
            print(
                f"{'feature server, 300,000 rows of ten':34} ready in"
                f" {server.ready_after * 1e3:.0f} ms, {server.megabytes:.0f} MB"
            )
            measure(pool, "one entity, ten features", server.port, online_requests(1))
            measure(pool, "a hundred entities, ten features", server.port, online_requests(100))
            measure_join(server.port)
            print(f"{'after all that':34} {server.megabytes:.0f} MB")


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--seconds", type=float, default=3.0, help="for each measurement")
SECONDS = parser.parse_args().seconds if __name__ == "__main__" else 0.0

if __name__ == "__main__":
    main()
