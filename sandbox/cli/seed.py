"""sandbox seed."""

from __future__ import annotations

import click

from sandbox.cli.options import Chosen, allow_option, say


@click.command()
@allow_option
@click.pass_obj
def command(chosen: Chosen, allow: str | None) -> None:
    """Put the fixtures into the services again, over what is there.

    To get rid of what is there, use reset.
    """
    chosen.session(allow=allow).seed()
    say("seeded")
