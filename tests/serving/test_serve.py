"""Serving an application as a process: bound, announced, stopped in order."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sandbox.clock import wait_until
from sandbox.endpoint import Endpoint, is_listening

if TYPE_CHECKING:
    from collections.abc import Iterator

# Answers /slow once its client has sent a body, and says `stopped` when its lifespan ends.
APP = """
import sys
from sandbox.serving.http import serve
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("stopped", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    print("asked", flush=True)
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})
serve(app, port=int(sys.argv[1]), ready_fd=int(sys.argv[2]))
"""


class Served:
    """The application as a process."""

    def __init__(self, port: int = 0) -> None:
        """Start it and read what it announces."""
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", APP, str(port), str(writing)],
            pass_fds=[writing],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.announced = pipe.read()

    @property
    def endpoint(self) -> Endpoint:
        """Give where it listens."""
        said = json.loads(self.announced)
        return Endpoint(said["host"], said["port"])

    def end(self, order: signal.Signals) -> tuple[int, str, str]:
        """Send a signal; give the exit code and what was said."""
        self.process.send_signal(order)
        said, complained = self.process.communicate(timeout=30)
        return self.process.returncode, said, complained


@pytest.fixture
def served() -> Iterator[Served]:
    """Give a running application."""
    running = Served()
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
def test_stops_in_order(served: Served, order: signal.Signals) -> None:
    """Announced is answering, on loopback; a signal ends the lifespan, and the exit code is 0."""
    assert served.endpoint.host == "127.0.0.1"
    assert is_listening(served.endpoint)
    assert served.end(order) == (0, "stopped\n", "")
    assert not is_listening(served.endpoint)


def test_a_request_in_flight_is_answered(served: Served) -> None:
    """A request that was begun when the signal came gets its answer before the lifespan ends."""
    connection = http.client.HTTPConnection(served.endpoint.host, served.endpoint.port, timeout=30)
    connection.putrequest("POST", "/slow")
    connection.putheader("Content-Length", "4")
    connection.endheaders(b"ha")
    assert served.process.stdout is not None
    assert served.process.stdout.readline() == "asked\n"
    served.process.send_signal(signal.SIGTERM)
    wait_until(
        lambda: not is_listening(served.endpoint), within=30, waiting_for="it to stop accepting"
    )
    connection.send(b"lf")
    assert connection.getresponse().read() == b"answered"
    connection.close()
    said, _ = served.process.communicate(timeout=30)
    assert (served.process.returncode, said) == (0, "stopped\n")


def test_a_taken_port_is_said() -> None:
    """A port that is in use is exit code 3 and one plain line; nothing is announced."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = Served(taken.getsockname()[1])
        _, complained = refused.process.communicate(timeout=30)
    assert (refused.process.returncode, refused.announced) == (3, "")
    assert "address already in use" in complained
    assert len(complained.splitlines()) == 1
