"""Projects in folders of their own; whatever a test starts is gone at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cli_project import TINY, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Give a small project that is not up."""
    made = Project(tmp_path)
    made.write(TINY)
    yield made
    made.end()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Give a small project that is up, for tests that change nothing of it."""
    made = Project(tmp_path_factory.mktemp("running"))
    made.write(TINY)
    made.ok("up")
    yield made
    made.end()
