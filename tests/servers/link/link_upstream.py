"""Servers behind a link: a real one in a process of its own, and one that does what a test says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from sandbox.endpoint import LOOPBACK, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

# Answers what it was sent: whole to POST /echo, in chunks to POST /chunks; a GET gets JSON.
# /half sends half of an answer and waits to be killed.
ECHO = """
import http.server, json, os, sys, threading

class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(json.dumps({"path": self.path}).encode())

    def do_HEAD(self):
        self.answer(b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            threading.Event().wait()
        elif self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(body), 1000):
                piece = body[start:start + 1000]
                self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(piece), piece))
            self.wfile.write(b"0\\r\\n\\r\\n")
        else:
            self.answer(body)

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"] or "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Echo)
server.daemon_threads = True
os.write(int(sys.argv[2]), b"%d\\n" % server.server_port)
os.close(int(sys.argv[2]))
server.serve_forever()
"""


class EchoServer:
    """The standard library's HTTP server, as a process."""

    def __init__(self, port: int = 0) -> None:
        """Start it and wait until it listens."""
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", ECHO, str(port), str(writing)], pass_fds=[writing]
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.endpoint = Endpoint(LOOPBACK, int(pipe.readline()))

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait(30)


class ScriptedServer:
    """A socket that listens, and does with each connection, in a thread, what it was told."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        """Listen."""
        self._act = act
        self._listener = socket.create_server((LOOPBACK, 0))
        self.endpoint = Endpoint(LOOPBACK, self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        with connection:
            self._act(connection)

    def close(self) -> None:
        """Listen no more, and wait until every connection was dealt with."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(30)


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side sends no more."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """Read until `end` has come."""
    read = b""
    while not read.endswith(end):
        piece = connection.recv(65536)
        assert piece, f"ended early: {read!r}"
        read += piece
    return read
