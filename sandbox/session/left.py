"""What of a project is up, found by the folders that its sandboxes keep, and not by sandbox.toml.

For when that cannot be read any more, or names another sandbox than the one that runs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox.config.load import find
from sandbox.errors import UnreadableStateError
from sandbox.runtime import record
from sandbox.runtime.folder import StateFolder
from sandbox.session.up import sweep

if TYPE_CHECKING:
    from pathlib import Path

ROOM = ".sandbox"


def sandboxes_of(file: Path) -> dict[str, StateFolder]:
    """Give the sandboxes that were started with this sandbox.toml and not taken down, by name."""
    found = {}
    for state in (file.parent / ROOM).glob(f"*/{record.STATE_FILE}"):
        try:
            known = record.load(state.parent)
        except UnreadableStateError:
            continue
        if known is not None and os.path.realpath(known.config) == os.path.realpath(file):
            found[known.name] = StateFolder(state.parent)
    return found


def end_all(file: Path | None, name: str | None, state_dir: Path | None, here: Path) -> list[str]:
    """End the sandboxes of a sandbox.toml that cannot be read, or the one that is named.

    `file` is the nearest one at `here` unless said. Returns the names of those that ended.
    """
    if state_dir is None:
        known = sandboxes_of((file or find(here)).absolute())
    else:
        known = {name or state_dir.name: StateFolder(state_dir.absolute())}
    ended = []
    for each, folder in known.items():
        if name in (None, each) and (folder.path / record.STATE_FILE).exists():
            with folder.locked("down"):
                sweep(folder)
            ended.append(each)
    return ended
