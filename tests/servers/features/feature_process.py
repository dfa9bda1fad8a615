"""A feature server as a process, and the verbs that tests ask it with."""

from __future__ import annotations

import http.client
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """Give the body, decoded as strictly as JSON is meant."""
        return json.loads(self.body, parse_constant=refuse_constant)

    def rows(self) -> list[dict[str, Any]]:
        """Give the rows of an Arrow stream."""
        rows: list[dict[str, Any]] = pa.ipc.open_stream(self.body).read_all().to_pylist()
        return rows

    @property
    def detail(self) -> str:
        """Give what a refusal says."""
        return str(self.json()["detail"])


def refuse_constant(constant: str) -> None:
    """Fail on NaN and Infinity, which are no JSON."""
    raise AssertionError(f"{constant} in JSON")


class FeatureProcess:
    """A server on `folder`; started at once."""

    def __init__(self, folder: Path) -> None:
        """Start it and wait until it says where it listens."""
        self.folder = folder
        self.process, self.port = start(folder)

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request; a body that is not bytes goes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", JSON)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Ask for something that must be there."""
        return succeed(self.ask("GET", path)).json()

    def define(
        self, table: str, entity: Sequence[str], event_timestamp: str, ttl: float | None = None
    ) -> None:
        """Declare a table."""
        body = {"entity": entity, "event_timestamp": event_timestamp, "ttl_seconds": ttl}
        succeed(self.ask("PUT", f"/sandbox/tables/{table}", body))

    def post_rows(self, table: str, rows: object, mode: str = "append") -> Answer:
        """Send rows as JSON, whatever becomes of them."""
        return self.ask("POST", f"/sandbox/tables/{table}/rows?mode={mode}", rows)

    def write(self, table: str, rows: object, mode: str = "append") -> Any:
        """Write rows: a list of objects, or an Arrow table."""
        if isinstance(rows, pa.Table):
            path = f"/sandbox/tables/{table}/rows?mode={mode}"
            answer = self.ask("POST", path, as_arrow(rows), {"Content-Type": ARROW})
        else:
            answer = self.post_rows(table, rows, mode)
        return succeed(answer).json()

    def set_clock(self, now: str | None) -> None:
        """Set the time of online reads."""
        succeed(self.ask("PUT", "/sandbox/clock", {"now": now}))

    def read_online(self, features: object, **entities: list[Any]) -> dict[str, list[Any]]:
        """Read online and give each name's values."""
        answer = succeed(self.ask_online(features, **entities)).json()
        vectors = [vector["values"] for vector in answer["results"]]
        return dict(zip(answer["metadata"]["feature_names"], vectors, strict=True))

    def ask_online(self, features: object, **entities: list[Any]) -> Answer:
        """Ask online, whatever becomes of it."""
        body = {"features": features, "entities": entities}
        return self.ask("POST", "/get-online-features", body)

    def statuses(self, feature: str, **entities: list[Any]) -> list[str]:
        """Read one feature online and give its statuses."""
        answer = succeed(self.ask_online([feature], **entities)).json()
        statuses: list[str] = answer["results"][-1]["statuses"]
        return statuses

    def read_historical(self, rows: pa.Table, features: Sequence[str], more: str = "") -> Answer:
        """Join features to rows."""
        path = f"/get-historical-features?features={','.join(features)}{more}"
        return self.ask("POST", path, as_arrow(rows), {"Content-Type": ARROW})

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Run a query and give its rows."""
        return succeed(self.ask("POST", "/sql", {"query": query})).rows()

    def restore(self) -> None:
        """Forget every table, and let the clock follow the newest event."""
        for table in self.get("/sandbox/tables"):
            succeed(self.ask("DELETE", f"/sandbox/tables/{table}"))
        self.set_clock(None)

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to stop and give its exit code."""
        self.process.terminate()
        return self.process.wait(30)


def command(folder: Path, *more: str) -> list[str]:
    """Give the command of a server on `folder`."""
    data = ["--data-dir", str(folder), "--calls", str(folder / "calls.jsonl")]
    return [sys.executable, "-m", "sandbox.servers.features", *data, *more]


def start(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server and give it with its port, once it announced that."""
    reading, writing = os.pipe()
    process = subprocess.Popen(command(folder, "--ready-fd", str(writing)), pass_fds=[writing])
    os.close(writing)
    with os.fdopen(reading) as pipe:
        line = pipe.readline()
    assert line, f"the server died before it was ready: {process.wait(30)}"
    return process, int(json.loads(line)["port"])


def succeed(answer: Answer) -> Answer:
    """Give the answer on, if it is one."""
    assert answer.status == 200, (answer.status, answer.body)
    return answer


def as_arrow(table: pa.Table) -> bytes:
    """Give a table as an Arrow IPC stream."""
    written = io.BytesIO()
    with pa.ipc.new_stream(written, table.schema) as stream:
        stream.write_table(table)
    return written.getvalue()


def as_parquet(table: pa.Table) -> bytes:
    """Give a table as a Parquet file."""
    written = io.BytesIO()
    pq.write_table(table, written)
    return written.getvalue()
