"""What every container and network of ours carries, so that we end those and no others."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.runtime.record import SandboxRecord

# Which sandbox it belongs to, as its user calls it.
NAME = "sandbox-ml.name"
# Which fresh start of it: random, so no other sandbox's, on whatever machine.
SESSION = "sandbox-ml.session"
# Which machine and state folder that start wrote to: for when the folder remembers nothing.
FOLDER = "sandbox-ml.folder"
# Which service or app it runs.
SERVICE = "sandbox-ml.service"
# Which run of that: known before the container is made.
PROCESS = "sandbox-ml.process"
# What it was made of, as a hash: image, command, environment, ports.
CONFIG = "sandbox-ml.config"


def of_sandbox(sandbox: SandboxRecord, folder: Path) -> dict[str, str]:
    """Give the labels that all of a sandbox share."""
    return {
        **sandbox.labels,
        NAME: sandbox.name,
        SESSION: sandbox.session,
        FOLDER: of_folder(folder),
    }


def of_folder(folder: Path) -> str:
    """Name a state folder on this machine."""
    return f"{platform.node()}:{folder.absolute()}"
