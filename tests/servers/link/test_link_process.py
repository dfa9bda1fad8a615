"""The process: announcing, refusing, forgetting, stopping."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from link_process import LinkProcess, ask, command
from link_upstream import EchoServer, read_all, read_until

from sandbox.clock import wait_until
from sandbox.endpoint import LOOPBACK, Endpoint, is_listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    LinkBefore = Callable[[Callable[[socket.socket], None]], LinkProcess]

# A request that lacks its end: "go".
POST = b"POST /x HTTP/1.1\r\nContent-Length: 4\r\n\r\n{}"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


@pytest.fixture
def nobody() -> Iterator[Endpoint]:
    """Give an endpoint that is taken, and where nobody listens."""
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        yield Endpoint(LOOPBACK, bound.getsockname()[1])


def connect(link: LinkProcess) -> socket.socket:
    """Connect to a link."""
    return socket.create_connection((link.endpoint.host, link.endpoint.port), timeout=30)


def answer_when_complete(upstream: socket.socket) -> None:
    """Answer a request once it is complete, if it ever is."""
    read = b""
    while piece := upstream.recv(65536):
        read += piece
        if read.endswith(b"go"):
            upstream.sendall(OK)


def test_a_call_is_a_line(link: LinkProcess) -> None:
    """Calls are logged as every server logs them; house-keeping is not."""
    body = b'{"inputs": [{"name": "x", "data": [1.5]}]}'
    assert link.ask("POST", "/v2/models/m/infer?q=1", body) == (200, body)
    assert link.ask("POST", "/echo", b"\xff\x00", {"Content-Type": "x/y"}) == (200, b"\xff\x00")
    for path in ("/health", "/v2/health/ready", "/metrics", "/sandbox/x"):
        link.ask("GET", path)
    assert link.status() == {"in_flight": 0, "calls": 2}
    first, second = link.calls(2)
    assert first.pop("duration_us") >= 0
    assert first.pop("at") > 1_700_000_000_000_000
    assert first == {
        "method": "POST",
        "path": "/v2/models/m/infer",
        "status": 200,
        "request": json.loads(body),
        "response": json.loads(body),
    }
    assert (second["request"], second["response"]) == ({"bytes": 2}, {"bytes": 2})


def test_counts_what_is_in_flight(link_before: LinkBefore) -> None:
    """Calls are in flight until they are answered, on however many connections."""
    link = link_before(answer_when_complete)
    clients = [connect(link) for _ in range(3)]
    for client in clients:
        client.sendall(POST)
    wait_until(lambda: link.status()["in_flight"] == 3, within=10, waiting_for="three calls")
    for left, client in enumerate(clients, 1):
        client.sendall(b"go")
        assert read_until(client, b"[]") == OK
        assert link.status() == {"in_flight": 3 - left, "calls": left}
        client.close()


def test_nobody_behind_the_link(
    start_link: Callable[[Endpoint], LinkProcess], nobody: Endpoint
) -> None:
    """Where the server does not answer, a client gets 502 with its address, and the end."""
    link = start_link(nobody)
    body = b"[" + b"1," * 500_000 + b"1]"
    connection = http.client.HTTPConnection(link.endpoint.host, link.endpoint.port, timeout=30)
    connection.request("POST", "/x", body)
    response = connection.getresponse()
    said = json.loads(response.read())
    assert (response.status, response.will_close) == (502, True)
    assert f"does not answer at {nobody.address}" in said["error"]
    connection.close()
    (call,) = link.calls(1)
    assert (call["status"], call["response"]) == (502, said)
    assert call["request"] == {"bytes": len(body)}
    assert link.status() == {"in_flight": 0, "calls": 1}


@pytest.mark.parametrize(
    "sent",
    [
        b"HEAD /x HTTP/1.1\r\n\r\n",
        b"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        b"GET /x HTTP/1.1\r\n\r\nGET /y HTTP/1.1\r\n\r\n",
    ],
    ids=["head", "expecting", "pipelined"],
)
def test_refusing_answers_once(
    start_link: Callable[[Endpoint], LinkProcess], nobody: Endpoint, sent: bytes
) -> None:
    """One answer and the end: without a body to HEAD, at once to who waits to be told to go on."""
    link = start_link(nobody)
    with connect(link) as client:
        client.sendall(sent)
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert (body == b"") is sent.startswith(b"HEAD")
    assert link.calls(1)[0]["status"] == 502
    assert link.status()["in_flight"] == 0


def test_hanging_up_on_a_refusal(
    start_link: Callable[[Endpoint], LinkProcess], nobody: Endpoint
) -> None:
    """A client that connects and leaves, or speaks no HTTP, is no call."""
    link = start_link(nobody)
    for sent in (b"", b"GET / HT", b"\x00\r\n\r\n"):
        with connect(link) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == b""
    assert link.status() == {"in_flight": 0, "calls": 0}


def test_forgets_calls(link: LinkProcess) -> None:
    """Calls can be forgotten; the log goes on after that."""
    link.ask("GET", "/a")
    link.calls(1)
    assert ask(link.control, "DELETE", "/sandbox/calls")[0] == 200
    assert (link.status()["calls"], link.log.read_bytes()) == (0, b"")
    link.ask("GET", "/b")
    assert [call["path"] for call in link.calls(1)] == ["/b"]


def test_control_keeps_its_connection(link: LinkProcess) -> None:
    """The control port answers many requests on one connection, and hangs up on nonsense."""
    with socket.create_connection((link.control.host, link.control.port), timeout=30) as client:
        client.sendall(b"GET /sandbox/status HTTP/1.1\r\n\r\n" * 2 + b"nonsense\r\n\r\n")
        assert read_all(client).count(b'{"in_flight": 0, "calls": 0}') == 2


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
def test_stops_in_order(link: LinkProcess, order: signal.Signals) -> None:
    """Idle connections do not hold it up: a signal ends it with exit code 0, and not a word."""
    with connect(link) as idle, connect(link) as used:
        used.sendall(b"POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        read_until(used, b"{}")
        link.process.send_signal(order)
        assert (read_all(idle), read_all(used)) == (b"", b"")
        _, said = link.process.communicate(timeout=3)
    assert (link.process.returncode, said) == (0, "")
    assert not is_listening(link.endpoint)
    assert len(link.calls(1)) == 1


def test_a_call_in_flight_is_answered(link_before: LinkBefore) -> None:
    """A call that was begun when the signal came gets its answer, is recorded, and then the end."""
    link = link_before(answer_when_complete)
    with connect(link) as client:
        client.sendall(POST)
        wait_until(lambda: link.status()["in_flight"], within=10, waiting_for="the call")
        link.process.terminate()
        wait_until(
            lambda: not is_listening(link.endpoint), within=10, waiting_for="it to stop accepting"
        )
        client.sendall(b"go")
        assert read_all(client) == OK
        _, said = link.process.communicate(timeout=3)
    assert (link.process.returncode, said) == (0, "")
    assert [call["status"] for call in link.calls(1)] == [200]


def test_stopping_has_a_deadline(link_before: LinkBefore) -> None:
    """A call that is not answered within five seconds is cut off, and recorded with status 0."""

    def act(upstream: socket.socket) -> None:
        read_until(upstream, b"{}")
        read_all(upstream)

    link = link_before(act)
    with connect(link) as client:
        client.sendall(POST)
        wait_until(lambda: link.status()["in_flight"], within=10, waiting_for="the call")
        assert link.stop() == (0, "")
    assert [call["status"] for call in link.calls(1)] == [0]


def test_a_taken_port_is_said(echo: EchoServer, tmp_path: Path) -> None:
    """A port that is in use ends the start: exit code 3 and one plain line."""
    taken = ["--port", str(echo.endpoint.port)]
    ended = subprocess.run(
        command(tmp_path / "calls", echo.endpoint, *taken),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3
    assert ended.stderr.startswith("link: ")
    assert "address already in use" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("upstream", ["8000", ":8000", "localhost", "localhost:x", "h:70000"])
def test_a_wrong_upstream_is_said(upstream: str, tmp_path: Path) -> None:
    """An upstream that is not HOST:PORT is a wrong command line."""
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox.servers.link", "--upstream", upstream, "--calls", "x"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert ended.returncode == 2
    assert "is not HOST:PORT" in ended.stderr
