"""sandbox run -- COMMAND."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import click

from sandbox.errors import UsageError

if TYPE_CHECKING:
    from sandbox.cli.options import Chosen


# Python ignores these, and what it ignores the command would ignore too.
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
@click.pass_obj
def command(chosen: Chosen, words: tuple[str, ...]) -> None:
    """Run COMMAND with the variables that apps find this sandbox by.

    The command takes the place of this one: its exit code and its signals are its own.
    """
    environment = chosen.session(quiet=True).environment()
    for number in IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(words[0], list(words), environment)  # noqa: S606 - no shell is the point
    except OSError as error:
        hint = "is it installed, and on the PATH?"
        raise UsageError(f"cannot run {words[0]!r}: {error.strerror}", hint=hint) from error
