"""A snapshot of a sandbox in which nothing runs: SQL is all that claims need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.runtime.folder import StateFolder
from sandbox.runtime.record import SandboxRecord
from sandbox.runtime.runtime import Runtime
from sandbox.services.snapshot import Places, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.services.snapshot import Snapshot


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """Give the snapshot."""
    folder = StateFolder(tmp_path_factory.mktemp("state"))
    folder.make()
    runtime = Runtime(folder, SandboxRecord(name="none", config="sandbox.toml"))
    with snapshot(Places(runtime=runtime)) as opened:
        yield opened
