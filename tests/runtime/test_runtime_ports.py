"""Ports: free, below those of outgoing connections, and nobody else's meanwhile."""

from __future__ import annotations

import socket
import tempfile
from typing import TYPE_CHECKING

import pytest

from sandbox.endpoint import LOOPBACK
from sandbox.errors import EnvironmentFailedError
from sandbox.runtime import ports
from sandbox.runtime.ports import ReservedPorts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the locks of these tests apart."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_ports_can_be_bound() -> None:
    """Each port that is taken can be bound on loopback, and lies in the range."""
    with ReservedPorts() as reserved:
        found = [reserved.take() for _ in range(20)]
    assert len(set(found)) == 20
    for port in found:
        assert port in ports.RANGE
        socket.create_server((LOOPBACK, port)).close()


def test_two_that_start_at_once_share_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of six ports that are left two sandboxes get three each; then there are none."""
    monkeypatch.setattr(ports, "RANGE", range(21_000, 21_006))
    with ReservedPorts() as one, ReservedPorts() as two:
        found = [each.take() for each in (one, two) * 3]
        assert sorted(found) == list(ports.RANGE)
        with pytest.raises(EnvironmentFailedError, match="no free port between 21000 and 21006"):
            one.take()
    with ReservedPorts() as three:
        assert three.take() in ports.RANGE


def test_a_port_in_use_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port on which somebody listens is not taken."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setattr(ports, "RANGE", range(port, port + 1))
        with pytest.raises(EnvironmentFailedError, match="no free port"), ReservedPorts() as none:
            none.take()


def test_locks_that_cannot_be_kept_are_told(tmp_path: Path) -> None:
    """Where the folder of the locks cannot be made the error names it."""
    with ReservedPorts() as reserved:
        reserved.take()
    (folder,) = tmp_path.iterdir()
    for lock in folder.iterdir():
        lock.unlink()
    folder.rmdir()
    folder.write_text("x")
    with pytest.raises(EnvironmentFailedError, match="cannot keep the locks of ports") as caught:
        ReservedPorts().take()
    assert caught.value.where is not None
    assert caught.value.where.file == folder
