"""What is to run, as frozen data; the runtime alone acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What a command may contain, and what stands there when it runs.
PORT = "{port}"
READY_FD = "{ready_fd}"


@dataclass(frozen=True, slots=True)
class ReadyPipe:
    """Ready when the process says so on the pipe that READY_FD names (see serving/ready.py)."""


@dataclass(frozen=True, slots=True)
class ReadyHttp:
    """Ready when a GET of `path` on its port answers 200."""

    path: str


@dataclass(frozen=True, slots=True)
class ReadyPort:
    """Ready when its port accepts connections."""


@dataclass(frozen=True, slots=True)
class ReadyLog:
    """Ready when a line of its log matches the regular expression `pattern`."""

    pattern: str


@dataclass(frozen=True, slots=True)
class ReadyOnceRunning:
    """Ready as soon as it runs."""


Readiness = ReadyPipe | ReadyHttp | ReadyPort | ReadyLog | ReadyOnceRunning


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """A process to start.

    `environment` is all of its environment. `port` is None for a process that does not listen;
    `pinned` says that the user chose it. `is_variant`: as in ProcessRecord. Where a part of the command or a value of the environment
    is PORT or READY_FD, the number stands there when it runs. `after` names the processes that must
    be ready first. `within` is in seconds.
    """

    name: str
    kind: Literal["service", "app"]
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    ready: Readiness
    port: int | None = None
    pinned: bool = False
    is_variant: bool = False
    after: tuple[str, ...] = ()
    within: float = 30.0
