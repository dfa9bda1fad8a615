"""Probes look once and never wait."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from sandbox.endpoint import LOOPBACK
from sandbox.runtime.readiness import Listening, probe, read_from
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


def test_the_pipe_may_come_in_pieces(tmp_path: Path) -> None:
    """A line that comes piece by piece counts once it is whole; an end without one never does."""
    reading, writing = os.pipe()
    looking = probe(ReadyPipe(), port=1, log=tmp_path, log_from=0, pipe=reading)
    assert looking.look() is None
    os.write(writing, b'{"host": "127.0.0.1", "po')
    assert looking.look() is None
    assert looking.seen() == "it has not announced itself"
    os.write(writing, b'rt": 4711}\n')
    os.close(writing)
    assert looking.look() == Listening(4711)
    os.close(reading)


def test_a_pipe_that_ends_without_a_word(tmp_path: Path) -> None:
    """A child that died closes its pipe: it is not ready, and looking again is no error."""
    reading, writing = os.pipe()
    looking = probe(ReadyPipe(), port=1, log=tmp_path, log_from=0, pipe=reading)
    os.close(writing)
    assert (looking.look(), looking.look()) == (None, None)
    os.close(reading)


def test_the_log_is_read_from_where_the_run_began(tmp_path: Path) -> None:
    """Lines before this run do not count; a log that is missing is an empty one."""
    log = tmp_path / "app.log"
    looking = probe(ReadyLog("^up$"), port=None, log=log, log_from=3, pipe=-1)
    assert looking.look() is None
    assert "not there yet" in looking.seen()
    log.write_bytes(b"up\n\xff\xfe nearly up\n")
    assert looking.look() is None
    assert "nearly up" in looking.seen()
    log.write_bytes(b"up\nup\n")
    assert looking.look() == Listening(None)
    assert read_from(log, 100) == ""


@pytest.mark.parametrize("ready", [ReadyPort(), ReadyHttp("/")])
def test_a_port_without_a_listener(ready: Readiness, tmp_path: Path) -> None:
    """Where nobody listens nobody is ready."""
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        port = bound.getsockname()[1]
        looking = probe(ready, port=port, log=tmp_path, log_from=0, pipe=-1)
        assert looking.look() is None
    assert looking.seen()


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 503 Busy\r\n\r\n"])
def test_a_server_that_answers_badly(answer: bytes, tmp_path: Path) -> None:
    """A server that hangs up, talks nonsense or refuses is not ready, and what it did is told."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        looking = probe(ReadyHttp("/x"), port=port, log=tmp_path, log_from=0, pipe=-1)
        assert looking.look() is None
        server.join(20)
    assert looking.seen().startswith("GET /x")


def test_what_only_runs_is_ready(tmp_path: Path) -> None:
    """Of a process that is only to run nothing is asked."""
    looking = probe(ReadyOnceRunning(), port=7, log=tmp_path, log_from=0, pipe=-1)
    assert (looking.look(), looking.seen()) == (Listening(7), "it runs")


@pytest.mark.parametrize("ready", [ReadyPort(), ReadyHttp("/")])
def test_a_port_is_needed_to_ask_on(ready: Readiness, tmp_path: Path) -> None:
    """A process without a port cannot be asked on it: that is a mistake of ours."""
    with pytest.raises(ValueError, match="without a port"):
        probe(ready, port=None, log=tmp_path, log_from=0, pipe=-1)
