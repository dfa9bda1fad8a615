"""sandbox up."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click

from sandbox.cli.options import Chosen, allow_option, format_option, runtime_option, say
from sandbox.cli.ps import show_status


@click.command()
@runtime_option
@allow_option
@click.option("--apps/--no-apps", default=True, help="Start the apps too.", show_default=True)
@format_option
@click.pass_obj
def command(
    chosen: Chosen, runtime: str | None, allow: str | None, form: str, *, apps: bool
) -> None:
    """Start everything, seed it, and say where it listens.

    Returns when all is ready. A sandbox that is up already stays as it is; what died of it is
    started again. Ctrl-C leaves nothing behind.
    """
    began = time.monotonic()
    status = chosen.session(runtime=runtime, allow=allow).up(apps=apps)
    say(f"up in {time.monotonic() - began:.1f} s")
    if form == "json":
        click.echo(json.dumps(asdict(status)))
    else:
        show_status(status)
