"""sandbox seed."""

from __future__ import annotations

import click

from sandbox.cli.options import Chosen, say


@click.command()
@click.pass_obj
def command(chosen: Chosen) -> None:
    """Put the fixtures into the services again, over what is there.

    To get rid of what is there, use reset.
    """
    chosen.session().seed()
    say("seeded")
