"""A server says where it listens through the pipe that it was given."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from sandbox.endpoint import Endpoint
from sandbox.serving.ready import announce


def test_announces_one_line_and_closes() -> None:
    """The reader gets one line of JSON, then the end."""
    reading, writing = os.pipe()
    announce(writing, Endpoint("127.0.0.1", 4711))
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    assert said.endswith("\n")
    assert said.count("\n") == 1
    assert json.loads(said).items() >= {"host": "127.0.0.1", "port": 4711}.items()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(writing)


def test_without_a_pipe_says_nothing() -> None:
    """A server that was started by hand has nobody to tell."""
    announce(None, Endpoint("127.0.0.1", 4711))


def test_a_child_that_dies_closes_the_pipe() -> None:
    """A pipe that ends without a line is a child that died: nobody waits for a timeout."""
    reading, writing = os.pipe()
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], pass_fds=[writing])
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == ""
    assert child.wait(30) == 3
