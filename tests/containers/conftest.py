"""Projects whose sandboxes run in containers; whatever a test starts is gone at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from engine_project import EngineProject
from real_engine import find_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def real_engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a client of the real engine."""
    return find_engine(monkeypatch)


@pytest.fixture
def project(tmp_path: Path, real_engine: Any) -> Iterator[EngineProject]:
    """Give a project whose sandbox runs in containers, and take down what it started."""
    made = EngineProject(tmp_path)
    yield made
    made.clear()
