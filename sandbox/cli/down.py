"""sandbox down."""

from __future__ import annotations

import click

from sandbox.cli.options import Chosen, say


@click.command()
@click.pass_obj
def command(chosen: Chosen) -> None:
    """Stop everything that this sandbox started and remove its data; logs stay."""
    session = chosen.session()
    if not session.is_remembered:
        say("nothing is up")
        return
    for name in session.down():
        say(f"{name} did not stop in time and was killed")
    say("down")
