"""Bytes pass through a link unchanged, both ways, whatever they are."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import os
import random
import select
import socket
import struct
import threading
from typing import TYPE_CHECKING

import pytest
from link_process import LinkProcess, ask
from link_upstream import EchoServer, read_all, read_until

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    LinkBefore = Callable[[Callable[[socket.socket], None]], LinkProcess]

REQUEST = b"POST /v2/models/m/infer HTTP/1.1\r\nhOsT:  x \r\nContent-Length: 2\r\n\r\n{}"
ANSWER = b"HTTP/1.1 200 Fine\r\ncontent-LENGTH:3\r\nX:\t y\r\n\r\n[1]"


def connect(link: LinkProcess) -> socket.socket:
    """Connect to a link."""
    return socket.create_connection((link.endpoint.host, link.endpoint.port), timeout=30)


@pytest.mark.parametrize("path", ["/echo", "/chunks"])
@pytest.mark.parametrize("size", [0, 1, 65_536, 3_000_000])
def test_bodies_are_equal(link: LinkProcess, path: str, size: int) -> None:
    """A body of random bytes comes back as it was sent, whole and in chunks."""
    body = random.Random(size).randbytes(size)  # noqa: S311 - bytes, no secret
    assert link.ask("POST", path, body) == (200, body)


def test_not_a_byte_is_changed(link_before: LinkBefore) -> None:
    """What either side receives is what the other sent: spaces, case and order of headers too."""
    received = []

    def act(upstream: socket.socket) -> None:
        received.append(read_until(upstream, b"{}"))
        upstream.sendall(ANSWER)
        received.append(read_all(upstream))

    link = link_before(act)
    with connect(link) as client:
        client.sendall(REQUEST)
        assert read_until(client, b"[1]") == ANSWER
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b""
    assert received == [REQUEST, b""]


def test_a_client_may_end_its_half_first(link_before: LinkBefore) -> None:
    """A client that has sent all and closed its half still gets the answer, and then the end."""

    def act(upstream: socket.socket) -> None:
        received = read_all(upstream)
        upstream.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + received[-2:])

    link = link_before(act)
    with connect(link) as client:
        client.sendall(REQUEST)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"HTTP/1.1 200 OK\r\n\r\n{}"
    (call,) = link.calls(1)
    assert (call["status"], call["response"]) == (200, {})


def test_a_server_may_end_its_half_first(link_before: LinkBefore) -> None:
    """What a client sends after the server ended its half still reaches the server."""
    received = []

    def act(upstream: socket.socket) -> None:
        upstream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        upstream.shutdown(socket.SHUT_WR)
        received.append(read_all(upstream))

    link = link_before(act)
    with connect(link) as client:
        assert read_all(client) == b"HTTP/1.1 200 OK\r\n\r\n"
        client.sendall(b"late")
        client.shutdown(socket.SHUT_WR)
    wait_until(lambda: received, within=10, waiting_for="the server's end")
    assert received == [b"late"]


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x00\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\n", b"x" * 300_000],
)
def test_what_is_no_http_passes_too(link_before: LinkBefore, garbage: bytes) -> None:
    """Another protocol is relayed as well; nothing of it is recorded."""

    def act(upstream: socket.socket) -> None:
        upstream.sendall(read_all(upstream)[::-1])

    link = link_before(act)
    with connect(link) as client:
        client.sendall(garbage)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == garbage[::-1]
    assert link.status() == {"in_flight": 0, "calls": 0}


def test_an_upgraded_connection_passes(link_before: LinkBefore) -> None:
    """After 101 the bytes are another protocol's: relayed, and the call recorded with 101."""

    def act(upstream: socket.socket) -> None:
        read_until(upstream, b"\r\n\r\n")
        upstream.sendall(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
        while piece := upstream.recv(100):
            upstream.sendall(piece.upper())

    link = link_before(act)
    with connect(link) as client:
        client.sendall(b"GET /chat HTTP/1.1\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
        read_until(client, b"\r\n\r\n")
        for word in (b"\x81\x00", b"get / http/1.1\r\n\r\n"):
            client.sendall(word)
            assert read_until(client, word.upper()) == word.upper()
    (call,) = link.calls(1)
    assert (call["path"], call["status"], call["response"]) == ("/chat", 101, None)
    assert link.status()["in_flight"] == 0


def test_backpressure(link_before: LinkBefore) -> None:
    """A server that does not read makes the client wait, and the link keeps no more than buffers.

    Once the server reads, every byte arrives.
    """
    go_on = threading.Event()
    body = os.urandom(1 << 16) * 1024
    received = []

    def act(upstream: socket.socket) -> None:
        go_on.wait(30)
        received.append(read_all(upstream))

    link = link_before(act)
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    with connect(link) as client:
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.sendall(head + body)
        go_on.set()
    wait_until(lambda: received, within=30, waiting_for="the bytes that were under way")
    assert (head + body).startswith(received[0])
    assert len(received[0]) < 32 << 20


def test_a_slow_client_makes_the_server_wait(link_before: LinkBefore) -> None:
    """A client that does not read makes the server wait; once it reads, every byte arrives."""
    waits = threading.Event()
    body = os.urandom(1 << 16) * 1024

    def act(upstream: socket.socket) -> None:
        read_until(upstream, b"{}")
        upstream.settimeout(0)
        left = memoryview(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        while left:
            writable = select.select([], [upstream], [], 0.5)[1]
            if not writable:
                waits.set()
                continue
            left = left[upstream.send(left) :]

    link = link_before(act)
    with connect(link) as client:
        client.sendall(REQUEST)
        assert waits.wait(30)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert answer.read() == body
    (call,) = link.calls(1)
    assert (call["status"], call["response"]) == (200, {"bytes": len(body)})


def test_one_connection_many_calls(link: LinkProcess) -> None:
    """Two hundred calls on one connection are two hundred lines, in order."""
    connection = http.client.HTTPConnection(link.endpoint.host, link.endpoint.port, timeout=30)
    for number in range(200):
        connection.request("POST", "/echo", b"%d" % number)
        assert connection.getresponse().read() == b"%d" % number
    connection.close()
    calls = link.calls(200)
    assert [call["request"] for call in calls] == list(range(200))
    assert [call["response"] for call in calls] == list(range(200))


def test_clients_side_by_side(link: LinkProcess) -> None:
    """Eight clients at once each get their own answers, and every call is a whole line."""

    def work(client: int) -> None:
        connection = http.client.HTTPConnection(link.endpoint.host, link.endpoint.port, timeout=30)
        for number in range(25):
            said = json.dumps({"client": client, "number": number, "pad": "x" * 5000}).encode()
            connection.request("POST", "/chunks", said)
            assert connection.getresponse().read() == said
        connection.close()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    calls = link.calls(200)
    assert all(call["request"] == call["response"] for call in calls)
    seen = {(call["request"]["client"], call["request"]["number"]) for call in calls}
    assert len(seen) == len(calls) == 200


def test_a_server_killed_in_its_answer(link: LinkProcess, echo: EchoServer) -> None:
    """The client sees the answer cut short as it would without the link; the call has status 0."""
    connection = http.client.HTTPConnection(link.endpoint.host, link.endpoint.port, timeout=30)
    connection.request("POST", "/half", b'{"x": 1}')
    response = connection.getresponse()
    assert (response.status, response.read(4)) == (200, b"half")
    assert link.status() == {"in_flight": 1, "calls": 0}
    echo.kill()
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    connection.close()
    (call,) = link.calls(1)
    assert (call["status"], call["request"]) == (0, {"x": 1})
    assert link.status() == {"in_flight": 0, "calls": 1}


def test_a_reset_is_passed_on(link_before: LinkBefore) -> None:
    """A server that resets the connection resets the client's, after what it had sent."""

    def act(upstream: socket.socket) -> None:
        read_until(upstream, b"{}")
        upstream.sendall(b"HTTP/1.1 200 OK\r\n\r\npart")
        assert upstream.recv(1) == b"!"
        upstream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    link = link_before(act)
    with connect(link) as client:
        client.sendall(REQUEST)
        read_until(client, b"part")
        client.sendall(b"!")
        with pytest.raises(ConnectionResetError):
            read_all(client)
    (call,) = link.calls(1)
    assert call["status"] == 0


def test_a_client_that_hangs_up(link_before: LinkBefore) -> None:
    """A client that is gone before its answer ends the server's connection; the call has status 0."""
    ended = threading.Event()

    def act(upstream: socket.socket) -> None:
        read_until(upstream, b"{}")
        assert read_all(upstream) == b""
        ended.set()

    link = link_before(act)
    with connect(link) as client:
        client.sendall(REQUEST)
        wait_until(lambda: link.status()["in_flight"], within=10, waiting_for="the call")
    assert ended.wait(10)
    (call,) = link.calls(1)
    assert call["status"] == 0
    assert link.status() == {"in_flight": 0, "calls": 1}


def test_server_comes_back(link: LinkProcess, echo: EchoServer) -> None:
    """A server that was killed and started again on its port is reached again."""
    assert link.ask("GET", "/a")[0] == 200
    echo.kill()
    assert link.ask("GET", "/b")[0] == 502
    again = EchoServer(echo.endpoint.port)
    try:
        assert link.ask("GET", "/c")[0] == 200
    finally:
        again.kill()
    assert [call["status"] for call in link.calls(3)] == [200, 502, 200]


def test_control_is_another_port(link: LinkProcess) -> None:
    """What the sandbox asks of the link is asked on the second port; the first is the server's."""
    assert link.control.port != link.endpoint.port
    status, body = link.ask("GET", "/sandbox/status")
    assert (status, json.loads(body)) == (200, {"path": "/sandbox/status"})
    assert link.status() == {"in_flight": 0, "calls": 0}
    assert ask(link.control, "GET", "/nothing")[0] == 404
