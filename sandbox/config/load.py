"""Read sandbox.toml: find it, build it, and settle what flags and the environment say."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.config import settings
from sandbox.config.check import check
from sandbox.config.definition import Config
from sandbox.config.names import NAME_HINT, is_name
from sandbox.config.settings import Said
from sandbox.document import build, read_toml
from sandbox.document.text import read_text
from sandbox.errors import ConfigError, Where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.document import Document

FILE = "sandbox.toml"
DOTENV = ".env"


def load_config(
    path: Path | None = None,
    *,
    name: str | None = None,
    state_dir: Path | None = None,
    runtime: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Read `path`, or the sandbox.toml of this folder or the nearest one above it.

    `name`, `state_dir` and `runtime` are the user's flags; they win over SANDBOX_NAME,
    SANDBOX_STATE_DIR and SANDBOX_RUNTIME of `environ` (the process's own unless given), those over
    the same in `.env` beside the file, and those over the file. SANDBOX_FILE stands in for `path`. Raises ConfigError with file, line and
    key, and UsageError where a flag or variable names no possible sandbox.
    """
    variables = os.environ if environ is None else environ
    here = Path.cwd()
    named = path or variables.get(settings.FILE)
    found = (Path(named) if named else find(here)).absolute()
    document = read_toml(found, ConfigError)
    config = build(Config, document, ConfigError, given={"path": found})
    flags = Said(
        source="--name", name=name, state_dir=state_dir and here / state_dir, runtime=runtime
    )
    environment = settings.from_variables(variables, here, settings.NAME)
    config = _settled(config, document, [flags, environment, _dotenv(found.parent)])
    check(config, document)
    return config


def find(folder: Path) -> Path:
    """Give the nearest sandbox.toml in `folder` or above it; raises ConfigError without one."""
    for each in (folder, *folder.parents):
        if (each / FILE).is_file():
            return each / FILE
    raise ConfigError(
        f"there is no {FILE} here or above",
        where=Where(folder),
        hint=f"go to a folder that has one, or name it with --file or {settings.FILE}",
    )


def _settled(config: Config, document: Document, said: list[Said]) -> Config:
    if not is_name(config.name):
        message = f"{config.name!r} cannot be the name of a sandbox"
        raise ConfigError(message, where=document.where(("name",)), hint=NAME_HINT)
    in_file = Said(source=FILE, name=config.name, state_dir=config.state_dir)
    name, state_dir = settings.settle([*said, in_file])
    return replace(
        config,
        name=name or config.name,
        state_dir=state_dir,
        runtime=settings.settle_runtime(said) or config.runtime,
    )


def _dotenv(folder: Path) -> Said:
    """Read `.env` where there is one; a folder of that name is somebody's virtual environment."""
    path = folder / DOTENV
    if not path.is_file():
        return Said(source=DOTENV)
    from io import StringIO  # noqa: PLC0415 - few have the file

    from dotenv import dotenv_values  # noqa: PLC0415

    text = read_text(path, ConfigError)
    variables = dotenv_values(stream=StringIO(text), interpolate=False)
    return settings.from_variables(variables, folder, f"{settings.NAME} in {path}", ConfigError)
