"""sandbox reset."""

from __future__ import annotations

import time

import click

from sandbox.cli.options import Chosen, allow_option, say


@click.command()
@allow_option
@click.pass_obj
def command(chosen: Chosen, allow: str | None) -> None:
    """Bring everything back to its seed, and start the apps anew, those that died too.

    Apps that were stopped stay so.
    """
    began = time.monotonic()
    chosen.session(allow=allow).reset()
    say(f"reset in {time.monotonic() - began:.2f} s")
