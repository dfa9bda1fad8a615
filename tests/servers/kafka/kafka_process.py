"""An embedded stream as a process, and its control port."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

LOG = "stderr.log"


class KafkaProcess:
    """A server on `folder`; started at once. What it says on stderr is in `said`."""

    def __init__(self, folder: Path, *more: str, port: int = 0) -> None:
        """Start it and wait until it says where it listens."""
        self.folder = folder
        self._more = more
        self.process, answer = start(folder, "--port", str(port), *more)
        self.port: int = answer["port"]
        self.control_port: int = answer["control"]

    @property
    def address(self) -> str:
        """Give what clients call bootstrap servers."""
        return f"127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """Give all that it wrote to stderr since the first start on this folder."""
        return (self.folder.parent / LOG).read_text()

    @property
    def journal(self) -> Path:
        """Give the file of facts."""
        return self.folder / "journal.ndjson"

    def log_of(self, topic: str, partition: int = 0) -> Path:
        """Give the first file of a partition."""
        facts = dict(json.loads(line) for line in self.journal.read_text().splitlines())
        folder = self.folder / "topics" / facts[f"topic:{topic}"]["id"] / str(partition)
        return min(folder.glob("*.log"))

    def generation(self, group: str) -> int:
        """Give the generation that a group settled on last."""
        facts = dict(json.loads(line) for line in self.journal.read_text().splitlines())
        return int(facts[f"group:{group}"]["generation"])

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to stop and give its exit code."""
        self.process.terminate()
        return self.process.wait(30)

    def again(self) -> Self:
        """Start it anew, on the same folder and port."""
        self.process, answer = start(self.folder, "--port", str(self.port), *self._more)
        self.control_port = answer["control"]
        return self

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send one request to the control port; gives status and answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=30)
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(method, path, None if body is None else sent)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def rule(self, api: str | None, action: str, **more: object) -> None:
        """Put a fault rule in force."""
        status, answer = self.ask("POST", "/rules", {"api": api, "action": action, **more})
        assert status == 200, answer


def command(folder: Path, *more: str) -> list[str]:
    """Give the command of a server on `folder`."""
    return [sys.executable, "-m", "sandbox.servers.kafka", "--data-dir", str(folder), *more]


def start(folder: Path, *more: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start a server and give it with what it announced."""
    reading, writing = os.pipe()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / LOG).open("ab") as log:
        process = subprocess.Popen(
            command(folder, "--ready-fd", str(writing), *more), pass_fds=[writing], stderr=log
        )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        line = pipe.readline()
    if not line:
        code = process.wait(30)
        said = (folder.parent / LOG).read_text()
        raise AssertionError(f"the server died before it was ready, code {code}: {said}")
    return process, json.loads(line)
