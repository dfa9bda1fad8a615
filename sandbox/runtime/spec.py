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


@dataclass(frozen=True, slots=True)
class ReadyKafka:
    """Ready when a Kafka broker at its port answers which versions it speaks (ApiVersions)."""


Readiness = ReadyPipe | ReadyHttp | ReadyPort | ReadyLog | ReadyKafka | ReadyOnceRunning


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """A process to start.

    `environment` is all of its environment. `port` is None for a process that does not listen;
    `pinned` says that the user chose it. `is_variant`: as in ProcessRecord. Where a part of the
    command or a value of the environment is PORT or READY_FD, the number stands there when it runs.
    `after` names what must be ready first. `within` is in seconds.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """A container to start; what it shares with ProcessSpec means the same.

    `command` and `environment` are the container's; an empty `command` is the image's own, and
    `entrypoint` None too. `port` is the one on this machine's loopback, `listens` the one in the
    container that it leads to, `control` such a pair for a second port. Others on the network of
    the sandbox find it as `alias`. `calls` is the call log's path in the container.
    """

    name: str
    kind: Literal["service", "app"]
    image: str
    alias: str
    environment: Mapping[str, str]
    ready: Readiness
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    port: int | None = None
    listens: int | None = None
    control: tuple[int, int] | None = None
    calls: str | None = None
    pinned: bool = False
    is_variant: bool = False
    after: tuple[str, ...] = ()
    within: float = 60.0


Spec = ProcessSpec | ContainerSpec
