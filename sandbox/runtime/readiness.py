"""Find out whether a process that was started is ready, without ever waiting."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sandbox.endpoint import LOOPBACK, Endpoint, is_listening
from sandbox.runtime.spec import (
    Readiness,
    ReadyHttp,
    ReadyLog,
    ReadyOnceRunning,
    ReadyPipe,
    ReadyPort,
)

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listening:
    """The ports of a process that is ready."""

    port: int | None
    control_port: int | None = None


class Probe(Protocol):
    """One way to look whether a process is ready."""

    def look(self) -> Listening | None:
        """Give where it listens once it is ready."""

    def seen(self) -> str:
        """Say what the last look saw."""


def probe(ready: Readiness, *, port: int | None, log: Path, log_from: int, pipe: int) -> Probe:
    """Give the probe for one process; `pipe` is the read end that goes with READY_FD."""
    match ready:
        case ReadyPipe():
            return PipeProbe(pipe)
        case ReadyHttp(path):
            return HttpProbe(_port(port), path)
        case ReadyPort():
            return PortProbe(_port(port))
        case ReadyLog(pattern):
            return LogProbe(log, log_from, re.compile(pattern), port)
        case ReadyOnceRunning():
            return RunningProbe(port)


def _port(port: int | None) -> int:
    if port is None:
        raise ValueError("a process without a port cannot be asked on it")
    return port


class PipeProbe:
    """Reads the line that the process announces itself with."""

    def __init__(self, pipe: int) -> None:
        """Watch the read end of its pipe."""
        self._pipe = pipe
        self._read = b""

    def look(self) -> Listening | None:
        """Read what has come."""
        while select.select([self._pipe], [], [], 0)[0]:
            chunk = os.read(self._pipe, 4096)
            if not chunk:
                return None
            self._read += chunk
            if self._read.endswith(b"\n"):
                said = json.loads(self._read)
                return Listening(said["port"], said.get("control"))
        return None

    def seen(self) -> str:
        """Say that it was silent."""
        return "it has not announced itself"


class HttpProbe:
    """Asks for a path."""

    def __init__(self, port: int, path: str) -> None:
        """Ask on loopback."""
        self._port = port
        self._path = path
        self._seen = "nobody listens"

    def look(self) -> Listening | None:
        """Ask once."""
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=1)
        try:
            connection.request("GET", self._path)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            self._seen = f"GET {self._path}: {error}"
            return None
        finally:
            connection.close()
        self._seen = f"GET {self._path} answered {status}"
        return Listening(self._port) if status == http.HTTPStatus.OK else None

    def seen(self) -> str:
        """Say what it answered."""
        return self._seen


class PortProbe:
    """Connects to the port."""

    def __init__(self, port: int) -> None:
        """Connect on loopback."""
        self._port = port

    def look(self) -> Listening | None:
        """Try once."""
        return Listening(self._port) if is_listening(Endpoint(LOOPBACK, self._port)) else None

    def seen(self) -> str:
        """Say that nobody listens."""
        return f"nobody listens on port {self._port}"


class LogProbe:
    """Reads the log for a line."""

    def __init__(
        self, log: Path, log_from: int, pattern: re.Pattern[str], port: int | None
    ) -> None:
        """Read from the byte where this run of the process begins."""
        self._log = log
        self._from = log_from
        self._pattern = pattern
        self._port = port

    def look(self) -> Listening | None:
        """Search what was written so far."""
        text = read_from(self._log, self._from)
        found = any(self._pattern.search(line) for line in text.splitlines())
        return Listening(self._port) if found else None

    def seen(self) -> str:
        """Give the last line."""
        lines = read_from(self._log, self._from).splitlines()
        return f"no line of its log matches {self._pattern.pattern!r}, the last one is " + (
            repr(lines[-1]) if lines else "not there yet"
        )


class RunningProbe:
    """Asks nothing."""

    def __init__(self, port: int | None) -> None:
        """Remember its port."""
        self._port = port

    def look(self) -> Listening | None:
        """Be content."""
        return Listening(self._port)

    def seen(self) -> str:
        """Say nothing of note."""
        return "it runs"


def read_from(log: Path, start: int) -> str:
    """Read a log from byte `start` on."""
    try:
        with log.open("rb") as file:
            file.seek(start)
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
