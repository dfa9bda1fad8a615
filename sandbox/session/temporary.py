"""A sandbox for the time of one test run or one demo, beside whatever else is up.

Its folder holds a lock while its owner lives, so whoever comes next can tell what was left behind
by an owner that was killed, and clean that up; the lock is the operating system's.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.errors import EnvironmentFailedError
from sandbox.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.config.definition import App, Config
    from sandbox.runtime.embedded import Progress

OWNER = "owner.lock"


def _silently(_: str) -> None:
    """Say nothing."""


@contextmanager
def temporary(config: Config, purpose: str, *, progress: Progress = _silently) -> Iterator[Session]:
    """Give a sandbox of `config`, not started yet, under a name and on ports of its own.

    When the context ends it is stopped and its folder removed, logs and all.
    """
    around = config.state_folder.parent
    prefix = f"{config.name}-{purpose}-"
    _clean_up(config, around, prefix)
    own = _renamed(config, around / f"{prefix}{os.getpid()}")
    own.state_folder.mkdir(parents=True, exist_ok=True)
    (around / ".gitignore").write_text("*\n")
    owned = _try_to_own(own.state_folder)
    session = Session(own, progress=progress)
    try:
        yield session
    finally:
        session.down()
        shutil.rmtree(own.state_folder, ignore_errors=True)
        if owned is not None:
            os.close(owned)


def _renamed(config: Config, folder: Path) -> Config:
    """Give the config another name and folder, and take pinned ports off it."""
    return replace(
        config,
        name=folder.name,
        state_dir=folder,
        object_store=replace(config.object_store, port=None),
        stream=replace(config.stream, port=None),
        feature_server=replace(config.feature_server, port=None),
        model_server=replace(config.model_server, port=None),
        apps={name: _unpinned(app) for name, app in config.apps.items()},
    )


def _unpinned(app: App) -> App:
    """Take an app's pinned port off, and let it be given a free one."""
    if app.port is None or app.provides or (app.ready and (app.ready.port or app.ready.http)):
        return replace(app, port=None)
    return app


def _clean_up(config: Config, around: Path, prefix: str) -> None:
    """End what owners that are gone have left running, and remove it."""
    for folder in around.glob(f"{prefix}*"):
        owned = _try_to_own(folder)
        if owned is None:
            continue
        # Of a copy of somebody's project, the processes are theirs.
        with suppress(EnvironmentFailedError):
            Session(_renamed(config, folder)).down()
        shutil.rmtree(folder, ignore_errors=True)
        os.close(owned)


def _try_to_own(folder: Path) -> int | None:
    """Take the owner's lock; None where somebody holds it, or the folder is being removed."""
    try:
        descriptor = os.open(folder / OWNER, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
