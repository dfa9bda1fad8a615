"""sandbox reset."""

from __future__ import annotations

import time

import click

from sandbox.cli.options import Chosen, say


@click.command()
@click.pass_obj
def command(chosen: Chosen) -> None:
    """Bring everything back to its seed, and start the apps anew, those that died too.

    Apps that were stopped stay so.
    """
    began = time.monotonic()
    chosen.session().reset()
    say(f"reset in {time.monotonic() - began:.2f} s")
