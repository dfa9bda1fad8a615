"""Choose ports that nobody else will take before our server binds them.

They come from below the range that systems hand out to outgoing connections (32768 and up on Linux,
49152 and up on macOS): a client that keeps connecting to a server that was killed can otherwise be
given that very port, and the server cannot come back. A lock file per port keeps sandboxes that
start at the same moment apart.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sandbox.endpoint import LOOPBACK
from sandbox.errors import EnvironmentFailedError, Where

if TYPE_CHECKING:
    from types import TracebackType

RANGE = range(20_000, 32_000)
ATTEMPTS = 500


class ReservedPorts:
    """Ports taken one by one, and kept from other sandboxes until this is closed."""

    def __init__(self) -> None:
        """Take none yet."""
        self._locks: list[int] = []
        self._choose = random.SystemRandom()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the locks; by now the servers hold their ports themselves."""
        for lock in self._locks:
            os.close(lock)
        self._locks.clear()

    def take(self) -> int:
        """Give a loopback port that is free, and reserved for us."""
        folder = _lock_folder()
        for _ in range(ATTEMPTS):
            port = self._choose.choice(RANGE)
            lock = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
            if _locked(lock) and is_free(port):
                self._locks.append(lock)
                return port
            os.close(lock)
        raise EnvironmentFailedError(
            f"no free port between {RANGE.start} and {RANGE.stop} on {LOOPBACK}",
            hint="end what listens there, or pin ports in sandbox.toml",
        )


def _lock_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"sandbox-ports-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EnvironmentFailedError(
            f"cannot keep the locks of ports: {error.strerror}",
            where=Where(folder),
            hint="remove what is there, or name another folder for temporary files in TMPDIR",
        ) from error
    return folder


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(port: int) -> bool:
    """Tell whether a server could bind this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
