"""A sandbox for the time of one test run or one demo, beside whatever else is up.

Its folder holds a lock while its owner lives, so whoever comes next can tell what was left behind
by an owner that was killed, and clean that up; the lock is the operating system's.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import EnvironmentFailedError, Where
from sandbox.runtime.folder import StateFolder
from sandbox.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.config.definition import App, Config
    from sandbox.runtime.runtime import Progress

OWNER = "owner.lock"
# Beside the folders of sandboxes that have a name; none of these can begin with a dot.
ROOM = ".temporary"


def _silently(_: str) -> None:
    """Say nothing."""


@contextmanager
def temporary(
    config: Config,
    purpose: str,
    *,
    progress: Progress = _silently,
    labels: Mapping[str, str] | None = None,
    allow: str | None = None,
    keeps: Callable[[], bool] = lambda: False,
) -> Iterator[Session]:
    """Give a sandbox of `config`, not started yet, under a name and on ports of its own.

    When the context ends it is stopped and its folder removed, logs and all; unless `keeps` says
    that it is to be kept: then the next one of the same purpose cleans up. Its containers carry
    `labels`. For `allow` see Session.
    """
    room = config.state_folder.parent / ROOM
    prefix = f"{config.name}-{purpose}-"
    _clean_up(config, room, prefix)
    folder = _make(room, prefix)
    owned = _own(folder)
    session = Session(_renamed(config, folder), progress=progress, labels=labels, allow=allow)
    try:
        yield session
    finally:
        if not keeps():
            session.down()
            shutil.rmtree(folder, ignore_errors=True)
        os.close(owned)


def _make(room: Path, prefix: str) -> Path:
    """Make a folder that nobody else has; raises EnvironmentFailedError where that is refused."""
    try:
        room.mkdir(parents=True, exist_ok=True)
        (room / ".gitignore").write_text("*\n")
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=room))
    except OSError as error:
        raise EnvironmentFailedError(
            f"cannot write the sandbox's state: {error.strerror}",
            where=Where(room),
            hint="choose another folder with --state-dir, or change its permissions",
        ) from error
    StateFolder(folder).make()
    return folder


def _own(folder: Path) -> int:
    """Make the owner's lock and take it, before anybody can find it under its name."""
    fresh = folder / f"{OWNER}.new"
    descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fresh.rename(folder / OWNER)
    return descriptor


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


def _clean_up(config: Config, room: Path, prefix: str) -> None:
    """End what owners that are gone have left running, and remove it."""
    for folder in room.glob(f"{prefix}*"):
        left = _take_over(folder)
        if left is None:
            continue
        # Of a copy of somebody's project, the processes are theirs: they and their folder stay.
        with suppress(EnvironmentFailedError):
            Session(_renamed(config, folder)).down()
            shutil.rmtree(folder, ignore_errors=True)
        os.close(left)


def _take_over(folder: Path) -> int | None:
    """Take the lock of an owner that is gone; None where one lives, or there never was one."""
    try:
        descriptor = os.open(folder / OWNER, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
