"""What is remembered of a running sandbox, in `state.json` of its state folder.

A process is recorded before it is started, with a token that it carries in its environment, and
again with its process id: a command that is killed in between leaves nothing that the next command
cannot find.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.errors import EnvironmentFailedError, UnreadableStateError, Where

if TYPE_CHECKING:
    from pathlib import Path

STATE_FILE = "state.json"
VERSION = 1

Phase = Literal["starting", "ready", "stopped"]
Place = Literal["process", "container"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """One process: who it is, where it listens, and how far it came.

    `started` is the operating system's creation time (seconds since 1970): with `pid` it names one
    process for ever. `log_from` is the byte of its log where this run of it begins, `story_from`
    where what happened since the last reset does: a process may have been started several times
    since. `is_variant` tells an app that a scenario runs otherwise than sandbox.toml says.

    In a container: `container` is its id, `begins` the byte of its log where what that container
    printed begins, and `calls` the call log's path in it.
    """

    name: str
    kind: Literal["service", "app"]
    token: str
    phase: Phase = "starting"
    pid: int | None = None
    started: float | None = None
    port: int | None = None
    control_port: int | None = None
    log_from: int = 0
    story_from: int = 0
    is_variant: bool = False
    place: Place = "process"
    container: str | None = None
    begins: int = 0
    calls: str | None = None

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it listens, if it does."""
        return None if self.port is None else Endpoint(LOOPBACK, self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRecord:
    """A sandbox that is up, or was.

    `seeded` is None until every fixture went in, and then the version of each feature table.
    `session` is random, and new at every fresh start; containers carry it, and `labels`, as labels.
    `external` says where services are that the sandbox does not run, and `target` how these are
    called. `owed` are apps that a reset has stopped and not started again yet: one that was
    interrupted leaves them to the next. `written` tells the sandbox.toml that it was started with
    from one that was changed since.
    """

    name: str
    config: str
    runtime: str = "embedded"
    session: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    target: str = ""
    external: dict[str, str] = field(default_factory=dict)
    seeded: dict[str, int] | None = None
    owed: list[str] = field(default_factory=list)
    written: str = ""
    processes: dict[str, ProcessRecord] = field(default_factory=dict)

    def with_process(self, process: ProcessRecord) -> Self:
        """Give the same sandbox with this process as it is now."""
        return replace(self, processes={**self.processes, process.name: process})


def load(folder: Path) -> SandboxRecord | None:
    """Read the record in `folder`; None where there is none.

    Raises UnreadableStateError where the file cannot be read.
    """
    path = folder / STATE_FILE
    try:
        stored = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(stored, dict):
        raise _unreadable(path, "this is not what sandbox wrote")
    if stored.pop("version", None) != VERSION:
        raise _unreadable(path, "it was written by another version of sandbox")
    return _decode(path, stored)


def _decode(path: Path, stored: dict[str, Any]) -> SandboxRecord:
    try:
        processes = {name: ProcessRecord(**each) for name, each in stored["processes"].items()}
        return SandboxRecord(**{**stored, "processes": processes})
    except (TypeError, KeyError, AttributeError) as error:
        raise _unreadable(path, "this is not what sandbox wrote") from error


def _unreadable(path: Path, why: str) -> UnreadableStateError:
    return UnreadableStateError(
        f"the state of this sandbox cannot be read: {why}",
        where=Where(path),
        hint="end what runs there and begin anew: sandbox down, then sandbox up",
    )


def save(folder: Path, record: SandboxRecord) -> None:
    """Write the record, whole or not at all; raises EnvironmentFailedError where that is refused."""
    path = folder / STATE_FILE
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(json.dumps({"version": VERSION, **asdict(record)}, indent=1))
        os.replace(partial, path)  # noqa: PTH105 - replace is atomic and says so
    except OSError as error:
        raise EnvironmentFailedError(
            f"cannot write the sandbox's state: {error.strerror}",
            where=Where(path),
            hint="is the disk full, or may this folder not be written?",
        ) from error
