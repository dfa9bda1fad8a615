"""Which sandbox is meant: flags over the environment over `.env` over the file over defaults.

Pure functions: what was said on the command line, in the environment and in `.env` are inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from sandbox.config.definition import RuntimeName
from sandbox.config.names import NAME_HINT, is_name
from sandbox.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.errors import SandboxError

FILE = "SANDBOX_FILE"
NAME = "SANDBOX_NAME"
STATE_DIR = "SANDBOX_STATE_DIR"
RUNTIME = "SANDBOX_RUNTIME"

RUNTIMES: tuple[RuntimeName, ...] = get_args(RuntimeName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one source says; None where it says nothing.

    `source` is how errors call it, `error` the kind that it raises.
    """

    source: str
    error: type[SandboxError] = UsageError
    name: str | None = None
    state_dir: Path | None = None
    runtime: str | None = None


def from_variables(
    variables: Mapping[str, str | None],
    folder: Path,
    source: str,
    error: type[SandboxError] = UsageError,
) -> Said:
    """Read what variables say; an empty one says nothing. Paths are relative to `folder`."""
    state_dir = variables.get(STATE_DIR)
    return Said(
        source=source,
        error=error,
        name=variables.get(NAME) or None,
        state_dir=folder / Path(state_dir).expanduser() if state_dir else None,
        runtime=variables.get(RUNTIME) or None,
    )


def settle(sources: Sequence[Said]) -> tuple[str | None, Path | None]:
    """Give the name and the state folder that hold, of sources from the strongest to the weakest.

    A state folder holds only for the sandbox that its own source (or the weaker ones) names: who
    names another sandbox gets another folder, since two sandboxes never share one. Raises
    the source's error where the name cannot be one.
    """
    name = _first_name(sources)
    for at, said in enumerate(sources):
        if said.state_dir is not None:
            meant = _first_name(sources[at:])
            return name, said.state_dir if meant in (name, None) else None
    return name, None


def settle_runtime(sources: Sequence[Said]) -> RuntimeName | None:
    """Give the runtime that holds, of sources from the strongest to the weakest.

    Raises the source's error where there is no such runtime.
    """
    for said in sources:
        if said.runtime is not None:
            for known in RUNTIMES:
                if said.runtime == known:
                    return known
            message = f"there is no runtime {said.runtime!r} ({RUNTIME}, or --runtime)"
            raise said.error(message, hint=nearest(said.runtime, RUNTIMES))
    return None


def _first_name(sources: Sequence[Said]) -> str | None:
    for said in sources:
        if said.name is not None:
            message = f"{said.name!r} ({said.source}) cannot be the name of a sandbox"
            if not is_name(said.name):
                raise said.error(message, hint=NAME_HINT)
            return said.name
    return None
