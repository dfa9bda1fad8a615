"""The real Docker engine, with the images that a sandbox needs; in CI both must be there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from engine_project import EngineProject

from sandbox.config.definition import Config
from sandbox.errors import SandboxError
from sandbox.runtime.containers import images
from sandbox.runtime.containers.engine import connect
from sandbox.services.images import every_service

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def real_engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a client of the engine; a test is skipped without one, but never in CI."""
    real = os.environ["REAL_DOCKER_HOST"]
    if real:
        monkeypatch.setenv("DOCKER_HOST", real)
    else:
        monkeypatch.delenv("DOCKER_HOST")
    try:
        client = connect()
        lacking = [
            each.name
            for each in images.look(client, every_service(Config(path=Path("sandbox.toml"))))
            if each.state != "ready"
        ]
    except SandboxError as error:
        lacking, why = [], error.message
    else:
        why = f"not built: {', '.join(lacking)} (sandbox images build --all)" if lacking else ""
    if why:
        assert not os.environ.get("CI"), why
        pytest.skip(why)
    return client


@pytest.fixture
def project(tmp_path: Path) -> Iterator[EngineProject]:
    """Give a project whose sandbox runs in containers, and take down what it started."""
    made = EngineProject(tmp_path)
    yield made
    made.clear()
