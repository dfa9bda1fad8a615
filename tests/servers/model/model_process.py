"""A model server as a process, and the verbs that tests ask it with."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

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

    @property
    def error(self) -> str:
        """Give what a refusal says."""
        return str(self.json()["error"])


def refuse_constant(constant: str) -> None:
    """Fail on NaN and Infinity, which are no JSON."""
    raise AssertionError(f"{constant} in JSON")


class ModelProcess:
    """A server on `folder`; started at once."""

    def __init__(
        self,
        folder: Path,
        *,
        store: Mapping[str, str],
        models: str = "s3://models",
        declare: Sequence[str] = (),
    ) -> None:
        """Start it and wait until it says where it listens; `store` names the object store."""
        self.folder = folder
        self.calls_file = folder / "calls.jsonl"
        self._started_with = {"store": store, "models": models, "declare": declare}
        self.process, self.port = start(folder, store=store, models=models, declare=declare)

    def again(self) -> ModelProcess:
        """Start another on the same folder, after this one ended."""
        return ModelProcess(self.folder, **self._started_with)

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

    def load(self, name: str) -> Answer:
        """Load a model, whatever becomes of it."""
        return self.ask("POST", f"/v2/repository/models/{name}/load", {})

    def unload(self, name: str) -> Answer:
        """Unload a model, whatever becomes of it."""
        return self.ask("POST", f"/v2/repository/models/{name}/unload", {})

    def index(self) -> dict[tuple[str, str], str]:
        """Give what the repository says of each version: READY, or why not."""
        rows = succeed(self.ask("POST", "/v2/repository/index", {})).json()
        return {
            (row["name"], row["version"]): " ".join([row["state"], row["reason"]]).strip()
            for row in rows
        }

    def infer(
        self,
        model: str,
        inputs: Sequence[Mapping[str, Any]],
        *,
        version: str | None = None,
        **more: object,
    ) -> Answer:
        """Ask a model with JSON, whatever becomes of it."""
        path = f"/v2/models/{model}" + (f"/versions/{version}" if version else "") + "/infer"
        return self.ask("POST", path, {"inputs": inputs, **more})

    def probabilities(
        self, model: str, rows: Sequence[Sequence[float]], version: str | None = None
    ) -> list[float]:
        """Ask a model that takes `features`."""
        answer = succeed(self.infer(model, [features(rows)], version=version))
        values: list[float] = answer.json()["outputs"][0]["data"]
        return values

    def calls(self, count: int) -> list[dict[str, Any]]:
        """Give the call log, once it has that many lines."""

        def lines() -> list[bytes]:
            return self.calls_file.read_bytes().splitlines()

        wait_until(lambda: len(lines()) >= count, within=10, waiting_for=f"{count} calls")
        assert len(lines()) == count
        return [json.loads(line, parse_constant=refuse_constant) for line in lines()]

    def wait_ready(self) -> None:
        """Wait until the server says that it is ready."""
        wait_until(
            lambda: self.ask("GET", "/v2/health/ready").status == 200,
            within=30,
            waiting_for="the model server",
            last_seen=lambda: self.ask("GET", "/v2/health/ready").body,
        )

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to stop and give its exit code."""
        self.process.terminate()
        return self.process.wait(30)


def features(rows: Sequence[Sequence[float | None]]) -> dict[str, Any]:
    """Give the input `features`."""
    flat = [value for row in rows for value in row]
    return {
        "name": "features",
        "datatype": "FP32",
        "shape": [len(rows), len(rows[0])],
        "data": flat,
    }


def command(folder: Path, *, models: str, declare: Sequence[str]) -> list[str]:
    """Give the command of a server on `folder`."""
    data = ["--data-dir", str(folder), "--calls", str(folder / "calls.jsonl"), "--models", models]
    declared = [word for name in declare for word in ("--declare", name)]
    return [sys.executable, "-m", "sandbox.servers.model", *data, *declared]


def start(
    folder: Path, *, store: Mapping[str, str], models: str, declare: Sequence[str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server and give it with its port, once it announced that."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [*command(folder, models=models, declare=declare), "--ready-fd", str(writing)],
        pass_fds=[writing],
        env={**os.environ, **store},
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        line = pipe.readline()
    assert line, f"the server died before it was ready: {process.wait(30)}"
    return process, int(json.loads(line)["port"])


def succeed(answer: Answer) -> Answer:
    """Give the answer on, if it is one."""
    assert answer.status == 200, (answer.status, answer.body)
    return answer
