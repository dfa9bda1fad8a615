"""Asking a server: what is sent, what comes back, and what is said where nothing does."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.errors import ServiceFailedError
from sandbox.services.ask import ask, ask_json

if TYPE_CHECKING:
    from collections.abc import Iterator


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers what it was asked; /fail answers the body with status 400."""

    def do_POST(self) -> None:
        """Answer a POST."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = {
            "path": self.path,
            "type": self.headers.get("Content-Type"),
            "x": self.headers.get("X-Test"),
            "body": body.decode(errors="replace"),
        }
        answer = body if self.path in ("/raw", "/fail") else json.dumps(said).encode()
        if self.path == "/html":
            answer = b"<html>"
        self.send_response(400 if self.path == "/fail" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST  # noqa: N815 - its name says what it answers

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Endpoint]:
    """Give a server that answers what it was asked."""
    with http.server.HTTPServer((LOOPBACK, 0), Echo) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield Endpoint(LOOPBACK, running.server_port)
        running.shutdown()
        thread.join(20)


def test_json_is_sent_and_read(server: Endpoint) -> None:
    """A body goes as JSON, also a false one; the answer is decoded."""
    for body in ({"a": ["ü", None]}, [], 0, False):
        said = ask_json(server, "POST", "/x?y=z", body=body)
        assert (said["path"], said["type"]) == ("/x?y=z", "application/json")
        assert json.loads(said["body"]) == body
    said = ask_json(server, "GET", "/x")
    assert (said["type"], said["body"]) == (None, "")


def test_content_is_sent_as_it_stands(server: Endpoint) -> None:
    """Bytes go unchanged, with the headers that they are given."""
    assert ask(server, "POST", "/raw", content=b"\x00\xff") == b"\x00\xff"
    said = json.loads(ask(server, "POST", "/x", content=b"a", headers={"X-Test": "1"}))
    assert (said["x"], said["body"]) == ("1", "a")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b'{"detail": "no such table"}', "no such table"),
        (b'{"error": "no such model", "code": 5}', "no such model"),
        (b'{"code": 5}', '{"code": 5}'),
        (b"[1]", "[1]"),
        (b" plain words\n", "plain words"),
        (b"\xff", "\ufffd"),
        (b"x" * 2000, "x" * 500),
        (b"", ""),
    ],
)
def test_a_refusal_is_told(server: Endpoint, answer: bytes, told: str) -> None:
    """An error is raised with what the server said of it, however it said it."""
    with pytest.raises(ServiceFailedError) as caught:
        ask(server, "POST", "/fail", content=answer, who="the feature server")
    assert caught.value.message == f"the feature server refused POST /fail: 400 {told}"


def test_nobody_there_is_told() -> None:
    """Where nobody listens the error names who is missing and where."""
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        nobody = Endpoint(LOOPBACK, bound.getsockname()[1])
        with pytest.raises(ServiceFailedError) as caught:
            ask(nobody, "GET", "/", who="the stream")
    assert f"the stream does not answer at {nobody.address}: " in caught.value.message
    assert caught.value.hint == "sandbox ps shows what runs"
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_no_whole_answer_is_told(answer: bytes) -> None:
    """A server that hangs up, is none, or stops in its midst is one that does not answer."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        where = Endpoint(LOOPBACK, listener.getsockname()[1])

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(ServiceFailedError, match="does not answer"):
            ask(where, "GET", "/")
        thread.join(20)


def test_a_silent_server_is_told() -> None:
    """A server that does not answer in time is one that does not answer."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        where = Endpoint(LOOPBACK, listener.getsockname()[1])
        with pytest.raises(ServiceFailedError, match=r"does not answer.*timed out"):
            ask(where, "GET", "/", timeout=0.1)


def test_another_program_on_the_port_is_told(server: Endpoint) -> None:
    """An answer that should be JSON and is not says so, and hints at whose port it may be."""
    with pytest.raises(ServiceFailedError, match="something that is no JSON: b'<html>'") as caught:
        ask_json(server, "GET", "/html", who="the model server")
    assert server.address in str(caught.value.hint)
