"""sandbox env."""

from __future__ import annotations

import json
import shlex

import click

from sandbox.cli.options import Chosen, format_option


@click.command()
@format_option
@click.pass_obj
def command(chosen: Chosen, form: str) -> None:
    """Print the variables that apps find this sandbox by.

    In a shell: eval "$(sandbox env)".
    """
    from sandbox.services.environment import (  # noqa: PLC0415 - not for --help
        PROFILES,
        TAKEN_OUT,
    )

    variables = chosen.session(quiet=True).env()
    if form == "json":
        click.echo(json.dumps(variables))
        return
    # Of an external object store, the account is the user's, and stays.
    kept = () if "AWS_ACCESS_KEY_ID" in variables else PROFILES
    for name in (each for each in TAKEN_OUT if each not in kept):
        click.echo(f"unset {name}")
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
