"""Which runtime a fresh start takes where there is no engine to be had, and what it says."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.config.definition import Config
from sandbox.errors import EngineError
from sandbox.session.choosing import choose

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Config(path=Path("sandbox.toml"))


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[str]:
    """Give the address of an engine that accepts and never answers."""
    path = tmp_path / "silent.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield f"unix://{path}"


def why_not(monkeypatch: pytest.MonkeyPatch, where: str) -> str:
    """Say why the engine at an address will not do: `auto` tells it, and `docker` fails with it."""
    monkeypatch.setenv("DOCKER_HOST", where)
    with pytest.raises(EngineError) as refused:
        choose(replace(CONFIG, runtime="docker"))
    choice = choose(CONFIG)
    assert choice.runtime == "embedded"
    assert choice.line.startswith(f"embedded: {refused.value.message} (in containers: ")
    assert "--runtime embedded" not in choice.line
    assert refused.value.hint is not None
    return refused.value.message


def test_no_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where there is no socket there is no engine."""
    path = tmp_path / "nothing.sock"
    assert why_not(monkeypatch, f"unix://{path}") == f"there is no Docker engine: no {path}"


def test_a_stopped_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A socket that nobody listens on is an engine that was stopped."""
    path = tmp_path / "stopped.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert "Connection refused" in why_not(monkeypatch, f"unix://{path}")


def test_an_engine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, silent: str) -> None:
    """One that accepts and is silent is not waited for."""
    assert why_not(monkeypatch, silent).endswith("not within 0.6 s")


def test_another_machines_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What such an engine publishes on loopback cannot be reached: it is not even asked."""
    assert "is another machine's" in why_not(monkeypatch, "tcp://192.0.2.1:2375")


def test_processes_as_asked() -> None:
    """Nobody looks for an engine where processes are asked for."""
    choice = choose(replace(CONFIG, runtime="embedded"))
    assert choice.runtime == "embedded"
    assert choice.line == (
        "embedded: services are processes of this machine (in containers: --runtime docker)"
    )
