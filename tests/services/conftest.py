"""A sandbox.toml, its state folder, and services that are started for real and ended with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.config.load import load_config
from sandbox.runtime.folder import StateFolder
from sandbox.runtime.ports import ReservedPorts
from sandbox.runtime.record import SandboxRecord
from sandbox.runtime.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.config.definition import Config

TOML = """\
name = "shop"

[stream.topics.orders]
partitions = 2

[feature_server]
port = 28901

[apps.web]
command = "web"
port = 28902
provides = "WEB_URL"
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Give what a small sandbox.toml says."""
    file = tmp_path / "sandbox.toml"
    file.write_text(TOML)
    return load_config(file, environ={})


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    """Give a state folder that is there."""
    made = StateFolder(tmp_path / ".sandbox")
    made.make()
    return made


@pytest.fixture
def runtime(folder: StateFolder) -> Iterator[Runtime]:
    """Give a runtime; what it started ends in order."""
    running = Runtime(folder, SandboxRecord(name="shop", config="sandbox.toml"))
    yield running
    assert running.stop(list(running.record.processes)) == []


@pytest.fixture
def ports() -> Iterator[ReservedPorts]:
    """Give free ports."""
    with ReservedPorts() as reserved:
        yield reserved
