"""Run one command: signals become exits, errors become messages and exit codes."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

from sandbox.cli.commands import cli
from sandbox.cli.options import paint
from sandbox.errors import EnvironmentFailedError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

SIGNALLED = 128

# What ends a command besides Ctrl-C: `kill`, and the terminal's end.
ENDING = (signal.SIGTERM, signal.SIGHUP)


class _EndedError(BaseException):
    """A signal came: unwind, clean up, and exit with its code."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = SIGNALLED + number


def run(arguments: Sequence[str]) -> int:
    """Run the command and give its exit code."""
    _listen_to_signals()
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that cannot show a letter shows its code instead.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _run(arguments)
    except SandboxError as error:
        return say_error(error)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        _leave(SIGNALLED + signal.SIGINT)
    except _EndedError as ended:
        _leave(ended.exit_code)
    except OSError as error:
        return _refused(error)


def _run(arguments: Sequence[str]) -> int:
    try:
        code = cli.main(list(arguments), prog_name="sandbox", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except SystemExit as error:
        # How click ends on a broken pipe, in this mode too.
        raise BrokenPipeError from error
    return code if isinstance(code, int) else 0


def say_error(error: SandboxError) -> int:
    """Show what is wrong, where, and what to do, on stderr; give the exit code."""
    label = click.style("error: ", fg="red", bold=True)
    click.echo(label + str(error), err=True, color=paint())
    return error.exit_code


def _leave(code: int) -> NoReturn:
    """Exit now: a thread that waits for a server, which was ended by now, would wait in vain."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):
            stream.flush()
    os._exit(code)


def _refused(error: OSError) -> int:
    """Answer what the system refused; where the reader has gone, say nothing more."""
    gone = isinstance(error, BrokenPipeError) and _has_gone(sys.stdout or sys.stderr)
    _let_go_of_output()
    if gone:
        return SIGNALLED + signal.SIGPIPE
    about = f": {error.filename}" if error.filename else ""
    said = f"the system refuses: {error.strerror or error}{about}"
    return say_error(EnvironmentFailedError(said, hint="sandbox doctor looks at this machine"))


def _let_go_of_output() -> None:
    """Write what cannot be written to nowhere, or Python complains of it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())


def _has_gone(stream: TextIO) -> bool:
    """Tell whether nobody reads any more (`sandbox logs | head -1`)."""
    poll = select.poll()
    poll.register(stream.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _listen_to_signals() -> None:
    for number in ENDING:
        # nohup, for one, has it ignored.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    raise _EndedError(number)
