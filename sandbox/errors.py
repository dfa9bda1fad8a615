"""Every error that a user can meet, as a tree.

SandboxError
├── UsageError               2  the command line asks for something that makes no sense
│   └── NothingToReadError      a query reads objects, and there are none of that name
├── EnvironmentFailedError   3  the environment would not start, or is not up
│   ├── NotRunningError         a command needs a running sandbox and there is none
│   ├── UnreadableStateError    what is remembered of a sandbox cannot be read
│   ├── BusyError               another command holds this sandbox
│   ├── PortTakenError          a pinned port is in use
│   ├── EngineError             the Docker engine is away, or refuses
│   └── ServiceFailedError      a service or an app died, or refused what was asked of it
├── InvalidFileError         4  a file that the user wrote is wrong
│   ├── ConfigError             sandbox.toml
│   ├── ScenarioError           a scenario
│   └── FixtureError            a fixture or its manifest
└── DeadlineError            5  a condition did not come true in time

Each says what is wrong, where (file:line:key), and what to do about it.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EXPECTATION_FAILED = 1


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file that the user wrote: `line` counts from 1, `key` is dotted."""

    file: Path
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        """Give the place as `file:line:key`, leaving out what is not known."""
        parts = [str(self.file)]
        if self.line is not None:
            parts.append(str(self.line))
        if self.key:
            parts.append(self.key)
        return ":".join(parts)


class SandboxError(Exception):
    """The root: a message for people, a place, a hint, and the exit code it ends with."""

    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, *, where: Where | None = None, hint: str | None = None
    ) -> None:
        """Keep the three parts apart, so that a shell may show them as it likes."""
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Give place, message and hint, a line each where there is more than one."""
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  hint: {self.hint}" if self.hint else head


class UsageError(SandboxError):
    """The command line asks for something that makes no sense."""

    exit_code = 2


class NothingToReadError(UsageError):
    """A query reads objects, and there are none of that name."""


class EnvironmentFailedError(SandboxError):
    """The environment would not start, or is not up."""

    exit_code = 3


class NotRunningError(EnvironmentFailedError):
    """A command needs a running sandbox and there is none."""


class UnreadableStateError(EnvironmentFailedError):
    """What is remembered of a sandbox cannot be read."""


class BusyError(EnvironmentFailedError):
    """Another command holds this sandbox."""


class PortTakenError(EnvironmentFailedError):
    """A pinned port is in use."""


class EngineError(EnvironmentFailedError):
    """The Docker engine is away, or refuses what was asked of it."""


class ServiceFailedError(EnvironmentFailedError):
    """A service or an app died, or refused what was asked of it."""


class InvalidFileError(SandboxError):
    """A file that the user wrote is wrong."""

    exit_code = 4


class ConfigError(InvalidFileError):
    """sandbox.toml is wrong."""


class ScenarioError(InvalidFileError):
    """A scenario is wrong."""


class FixtureError(InvalidFileError):
    """A fixture or its manifest is wrong."""


class DeadlineError(SandboxError):
    """A condition did not come true in time; the message says what was last seen."""

    exit_code = 5


def nearest(word: str, choices: Iterable[str]) -> str:
    """Say which of `choices` was probably meant by `word`, and else list them, as a hint."""
    valid = sorted(choices)
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"valid: {', '.join(valid)}" if valid else "there are none"
