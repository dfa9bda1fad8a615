"""Find out whether a process that was started is ready, without ever waiting."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sandbox.endpoint import LOOPBACK, Endpoint, is_listening
from sandbox.runtime.spec import (
    Readiness,
    ReadyHttp,
    ReadyKafka,
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


def probe(
    ready: Readiness,
    *,
    port: int | None,
    log: Path,
    log_from: int,
    pipe: int = -1,
    is_published: bool = False,
) -> Probe:
    """Give the probe for one process; `pipe` is the read end that goes with READY_FD.

    `is_published` says that the port leads into a container.
    """
    match ready:
        case ReadyPipe():
            return PipeProbe(pipe)
        case ReadyHttp(path):
            return HttpProbe(_port(port), path)
        case ReadyPort():
            return OpenPortProbe(_port(port)) if is_published else PortProbe(_port(port))
        case ReadyLog(pattern):
            return LogProbe(log, log_from, re.compile(pattern), port)
        case ReadyKafka():
            return KafkaProbe(_port(port))
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


class KafkaProbe:
    """Asks a broker which versions it speaks: version 0 of ApiVersions, which none refuses."""

    # Length, API key 18, version 0, correlation id 1, no client id.
    QUESTION = struct.pack(">ihhih", 10, 18, 0, 1, -1)
    CORRELATION = struct.Struct(">ii")

    def __init__(self, port: int) -> None:
        """Ask on loopback."""
        self._port = port
        self._seen = "nobody listens"

    def look(self) -> Listening | None:
        """Ask once; a port that is published for a container accepts before anybody is there."""
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=1) as asking:
                asking.sendall(self.QUESTION)
                answer = asking.recv(self.CORRELATION.size)
        except OSError as error:
            self._seen = f"no answer from a broker: {error}"
            return None
        answered = len(answer) == self.CORRELATION.size and self.CORRELATION.unpack(answer)[1] == 1
        self._seen = "a broker answered" if answered else "the connection was closed"
        return Listening(self._port) if answered else None

    def seen(self) -> str:
        """Say what came back."""
        return self._seen


class OpenPortProbe:
    """Connects to a port that is published for a container, and sees whether it stays open.

    What publishes it accepts at once, and closes again where nobody listens in the container.
    """

    STAYS = 0.1

    def __init__(self, port: int) -> None:
        """Connect on loopback."""
        self._port = port

    def look(self) -> Listening | None:
        """Try once."""
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=self.STAYS) as asking:
                return Listening(self._port) if asking.recv(1) else None
        except TimeoutError:
            return Listening(self._port)
        except OSError:
            return None

    def seen(self) -> str:
        """Say that nobody listens."""
        return f"nobody listens behind port {self._port}"


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
