"""The real Docker engine, with the images that a sandbox needs; in CI both must be there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.config.definition import Config
from sandbox.errors import SandboxError
from sandbox.runtime.containers import images
from sandbox.runtime.containers.engine import connect
from sandbox.services.images import every_service


def find_engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a client of the engine; the test is skipped without one, but never in CI."""
    real = os.environ["REAL_DOCKER_HOST"]
    if real:
        monkeypatch.setenv("DOCKER_HOST", real)
    else:
        monkeypatch.delenv("DOCKER_HOST")
    try:
        client = connect()
        known = every_service(Config(path=Path("sandbox.toml")))
        lacking = [each.name for each in images.look(client, known) if each.state != "ready"]
    except SandboxError as error:
        why = error.message
    else:
        why = f"not built: {', '.join(lacking)} (sandbox images build --all)" if lacking else ""
    if why:
        assert not os.environ.get("CI"), why
        pytest.skip(why)
    return client
