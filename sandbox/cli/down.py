"""sandbox down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.options import Chosen, say
from sandbox.errors import ConfigError

if TYPE_CHECKING:
    from sandbox.session import Session


@click.command()
@click.pass_obj
def command(chosen: Chosen) -> None:
    """Stop everything that this sandbox started and remove its data; logs stay.

    Also where sandbox.toml cannot be read any more, or the folder of its state was removed.
    """
    try:
        session = chosen.session()
    except ConfigError as error:
        _end_all(chosen, error)
        return
    if session.is_remembered:
        for name in session.down():
            say(f"{name} did not stop in time and was killed")
        say("down")
    elif ended := session.end_forgotten():
        say(f"down: {ended} were left of it, and nothing remembered them")
    else:
        _say_nothing_is_up(session)


def _end_all(chosen: Chosen, error: ConfigError) -> None:
    """End what a sandbox.toml started that cannot be read any more; raises where nothing runs."""
    from sandbox.session.left import end_all  # noqa: PLC0415 - then only

    ended = end_all(chosen.file, chosen.name, chosen.state_dir, Path.cwd())
    if not ended:
        raise error
    say(f"{error.message}: ended all the same: {', '.join(ended)}")


def _say_nothing_is_up(session: Session) -> None:
    from sandbox.session.left import sandboxes_of  # noqa: PLC0415 - then only

    others = list(sandboxes_of(session.config.path))
    more = f"; but {', '.join(others)}: sandbox --name {others[0]} down" if others else ""
    say(f"nothing is up{more}")
