"""The group, and the table of its commands; a command's file is imported when it is called."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.options import NAME_HELP, Chosen, paint

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each command, its help line, in the order in which one meets them. The file of `up` is up.py, and
# holds a click command `command`.
COMMANDS: Mapping[str, str] = {
    "demo": "See it all once: start, replay a day, catch a bug, stop.",
    "up": "Start everything, seed it, and say where it listens.",
    "down": "Stop everything and remove its data.",
    "ps": "Show what runs, and where.",
    "logs": "Show what services and apps print.",
    "env": "Print the variables that apps find this sandbox by.",
    "run": "Run a command with those variables.",
    "seed": "Put the fixtures into the services again.",
    "reset": "Bring everything back to its seed.",
    "replay": "Play scenarios and judge their claims.",
    "sql": "Ask one SQL over streams, objects, features, calls and logs.",
    "images": "Show, build or pull the images that containers run from.",
    "doctor": "Check what this machine has and lacks.",
}


class Commands(click.Group):
    """Lists the commands from the table, and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names in the table's order."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command; None where there is no such one."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sandbox.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a typo names the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from sandbox.errors import nearest  # noqa: PLC0415 - only then

            raise click.UsageError(
                f"no such command {args[0]!r}: {nearest(args[0], COMMANDS)}", ctx
            )
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="The sandbox.toml to use; else the one in this folder or above it.",
)
@click.option("--name", help=NAME_HELP)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    help="Where the sandbox keeps its state; else .sandbox/<name> beside the file.",
)
@click.version_option(package_name="sandbox-ml", prog_name="sandbox")
@click.pass_context
def cli(ctx: click.Context, file: Path | None, name: str | None, state_dir: Path | None) -> None:
    """Run a scaled-down copy of your ML production system on this machine.

    Exit codes: 0 all held, 1 an expectation failed, 2 usage, 3 the environment would not start,
    4 a file is invalid, 5 timed out.
    """
    ctx.color = paint()
    ctx.obj = Chosen(file, name, state_dir)
