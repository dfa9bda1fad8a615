"""The reference product's files, for tests that start sandboxes of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import load_config

if TYPE_CHECKING:
    from sandbox.config.definition import Config

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def reference() -> Config:
    """Give the reference product's config."""
    return load_config(ROOT / "sandbox.toml", environ={})
