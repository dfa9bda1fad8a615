"""A link as a process, and the verbs that tests ask it with."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from sandbox.clock import wait_until
from sandbox.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class LinkProcess:
    """A link before `upstream`; started at once."""

    def __init__(self, log: Path, upstream: Endpoint) -> None:
        """Start it and wait until it says where it listens."""
        self.log = log
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            command(log, upstream, "--ready-fd", str(writing)),
            pass_fds=[writing],
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            line = pipe.readline()
        assert line, f"the link died before it was ready: {self.process.communicate(timeout=30)}"
        said = json.loads(line)
        self.endpoint = Endpoint(said["host"], said["port"])
        self.control = Endpoint(said["host"], said["control"])

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Send one request through the link; give status and body."""
        return ask(self.endpoint, method, path, body, headers)

    def status(self) -> dict[str, Any]:
        """Ask the control port what is in flight."""
        status, body = ask(self.control, "GET", "/sandbox/status")
        assert status == 200
        found: dict[str, Any] = json.loads(body)
        return found

    def calls(self, count: int) -> list[dict[str, Any]]:
        """Wait until `count` calls are over, and give them all."""
        wait_until(
            lambda: len(self._lines()) >= count,
            within=10,
            waiting_for=f"{count} calls",
            last_seen=self._lines,
        )
        return [json.loads(line) for line in self._lines()]

    def _lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def stop(self) -> tuple[int, str]:
        """Ask it to stop; give its exit code and what it said."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


def command(log: Path, upstream: Endpoint, *more: str) -> list[str]:
    """Give the command of a link."""
    what = ["--upstream", upstream.address, "--calls", str(log)]
    return [sys.executable, "-m", "sandbox.servers.link", *what, *more]


def ask(
    endpoint: Endpoint,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """Send one request; give status and body."""
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=30)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
