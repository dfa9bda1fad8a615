"""What all commands share: which sandbox is meant, and how answers are shown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.session import Session

Command = TypeVar("Command", bound="Callable[..., Any]")

NAME_HELP = "Another sandbox of the same file, beside the one that it names."


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which sandbox the user means; None where nothing was said."""

    file: Path | None = None
    name: str | None = None
    state_dir: Path | None = None

    def session(
        self, *, quiet: bool = False, runtime: str | None = None, allow: str | None = None
    ) -> Session:
        """Load the config and give its session; progress goes to stderr."""
        from sandbox.config.load import load_config  # noqa: PLC0415 - not for --help
        from sandbox.session import Session  # noqa: PLC0415

        config = load_config(self.file, name=self.name, state_dir=self.state_dir, runtime=runtime)
        return Session(config) if quiet else Session(config, progress=say, allow=allow)


def say(line: str) -> None:
    """Tell people what happens, on stderr."""
    click.echo(click.style("· ", dim=True) + line, err=True)


def paint() -> bool | None:
    """Tell click whether to colour: never with NO_COLOR or in CI, else as the terminal is."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("CI") else None


def runtime_option(command: Command) -> Command:
    """Add `--runtime`; SANDBOX_RUNTIME is read where sandbox.toml is."""
    return click.option(
        "--runtime",
        type=click.Choice(["auto", "embedded", "docker", "external"]),
        help=(
            "In what services run: containers, or processes; auto decides, and says why. external:"
            " those that [external] names run already."
        ),
    )(command)


def allow_option(command: Command) -> Command:
    """Add `--allow`."""
    return click.option(
        "--allow",
        metavar="TARGET",
        envvar="SANDBOX_ALLOW",
        help="Delete and replace data of external services, whose [external] has this name.",
    )(command)


def format_option(command: Command) -> Command:
    """Add `--format text|json`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        envvar="SANDBOX_FORMAT",
        show_default=True,
        help="Text for people, JSON for programs.",
    )(command)
