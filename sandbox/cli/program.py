"""Run one command: signals become exits, errors become messages and exit codes."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from sandbox.cli.commands import cli
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

SIGNALLED = 128


class _TerminatedError(BaseException):
    """SIGTERM came: unwind, clean up, and exit with 143."""


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911 - one for each way to end
    """Run the command and give its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = cli.main(list(arguments), prog_name="sandbox", standalone_mode=False)
        sys.stdout.flush()
    except SandboxError as error:
        say_error(error)
        return error.exit_code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return SIGNALLED + signal.SIGINT
    except _TerminatedError:
        return SIGNALLED + signal.SIGTERM
    except BrokenPipeError:
        # The reader has gone (`sandbox logs | head`); say nothing more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SIGNALLED + signal.SIGPIPE
    return code if isinstance(code, int) else 0


def say_error(error: SandboxError) -> None:
    """Show what is wrong, where, and what to do, on stderr."""
    click.echo(click.style("error: ", fg="red", bold=True) + str(error), err=True)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _TerminatedError
