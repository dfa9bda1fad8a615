"""The state folder of one sandbox, and the lock that lets one command at a time change it."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.clock import wait_until
from sandbox.errors import BusyError, DeadlineError, EnvironmentFailedError, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


# Tells a sandbox's folder from others; by this name, backups leave it out (bford.info/cachedir).
MARK = "CACHEDIR.TAG"
MARK_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n# The state of a sandbox.\n"


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Where one sandbox keeps all that it writes."""

    path: Path

    def data(self, service: str) -> Path:
        """Name the folder in which `service` keeps its data."""
        return self.path / "data" / service

    def log(self, name: str) -> Path:
        """Name the log of a service or an app."""
        return self.path / "logs" / f"{name}.log"

    def calls(self, service: str) -> Path:
        """Name the call log of a service (see serving/calls.py)."""
        return self.path / "calls" / f"{service}.ndjson"

    @property
    def events(self) -> Path:
        """What replays did, and when: one line of JSON an event."""
        return self.path / "events.ndjson"

    def make(self) -> None:
        """Make the folder and its rooms.

        Raises EnvironmentFailedError where that is refused, and where the folder holds what is not
        ours: `up` and `down` remove what stands in its rooms.
        """
        self._check_ours()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / MARK).write_text(MARK_TEXT)
            for room in ("data", "logs", "calls"):
                (self.path / room).mkdir(parents=True, exist_ok=True)
            ignore = self.path / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as error:
            raise self._refused(error) from error

    def _check_ours(self) -> None:
        """Raise EnvironmentFailedError for a folder that somebody else filled."""
        try:
            # In this order: our mark is the first that is ever written, by whoever comes first.
            is_ours = not any(self.path.iterdir()) or (self.path / MARK).exists()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise self._refused(error) from error
        if not is_ours:
            raise EnvironmentFailedError(
                "this folder holds files that no sandbox wrote",
                where=Where(self.path),
                hint="choose a new or an empty one with --state-dir (or SANDBOX_STATE_DIR)",
            )

    def _refused(self, error: OSError) -> EnvironmentFailedError:
        return EnvironmentFailedError(
            f"cannot write the sandbox's state: {error.strerror}",
            where=Where(self.path),
            hint="choose another folder with --state-dir, or change its permissions",
        )

    def _open_lock(self) -> int:
        try:
            return os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._refused(error) from error

    @contextmanager
    def locked(
        self, verb: str, *, within: float = 60.0, on_wait: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """Hold the sandbox for `verb`; others wait up to `within` seconds, then get BusyError.

        The lock is the operating system's: it is gone with its holder, however that ends.
        """
        self.make()
        descriptor = self._open_lock()
        try:
            if not _try_lock(descriptor):
                if on_wait:
                    on_wait(_holder(descriptor))
                _wait_for_lock(descriptor, within)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"sandbox {verb} (process {os.getpid()})".encode(), 0)
            yield
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 200, 0).decode(errors="replace") or "another command"


def _wait_for_lock(descriptor: int, within: float) -> None:
    try:
        wait_until(lambda: _try_lock(descriptor), within=within, waiting_for="the lock")
    except DeadlineError as error:
        raise BusyError(
            f"{_holder(descriptor)} has held this sandbox for {within:g} s",
            hint="wait for it, or end that process",
        ) from error
