"""A runtime on a folder of its own; whatever a test starts is ended with it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import psutil
import pytest

from sandbox.endpoint import LOOPBACK
from sandbox.runtime import process
from sandbox.runtime.folder import StateFolder
from sandbox.runtime.ports import ReservedPorts
from sandbox.runtime.record import SandboxRecord
from sandbox.runtime.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    """Give a state folder that is there."""
    made = StateFolder(tmp_path / ".sandbox")
    made.make()
    return made


@pytest.fixture
def runtime(folder: StateFolder) -> Iterator[Runtime]:
    """Give a runtime; every process that it started is gone at the end."""
    running = Runtime(folder, SandboxRecord(name="test", config="sandbox.toml"))
    yield running
    for known in running.record.processes.values():
        process.kill(known)
    tokens = {each.token for each in running.record.processes.values()}
    left = [each for each in psutil.process_iter() if process._token_of(each) in tokens]
    assert left == []


@pytest.fixture
def port() -> Iterator[int]:
    """Give a free port."""
    with ReservedPorts() as ports:
        yield ports.take()


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Give a port on which somebody listens."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]
