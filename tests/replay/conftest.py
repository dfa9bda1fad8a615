"""The shop's sandbox, started once for all tests of replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shop import Shop, write_shop

from sandbox import temporary

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give the shop, up without its apps: each story says which it has."""
    config = write_shop(tmp_path_factory.mktemp("shop"))
    with temporary(config, "replay") as session:
        session.up(apps=False)
        yield Shop(session)
