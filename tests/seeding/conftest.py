"""A seeded sandbox, started once; each test brings it back to its seed itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from seeded import Seeded, write_seeds

from sandbox import temporary

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """Give the sandbox, up."""
    config = write_seeds(tmp_path_factory.mktemp("seeded"))
    with temporary(config, "seeding") as session:
        session.up()
        yield Seeded(session)
