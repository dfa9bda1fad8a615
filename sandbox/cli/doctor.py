"""sandbox doctor."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from sandbox.cli.options import Chosen, format_option
from sandbox.errors import EnvironmentFailedError

MARKS = {"ok": ("✓", "green"), "note": ("·", None), "wrong": ("✗", "red")}


@click.command()
@format_option
@click.pass_context
def command(ctx: click.Context, form: str) -> None:
    """Check what this machine has and lacks for this sandbox; exit code 3 where it lacks a need."""
    from sandbox.session.doctor import examine  # noqa: PLC0415 - not for --help

    chosen: Chosen = ctx.obj
    found = examine(chosen.session(quiet=True).config)
    if form == "json":
        click.echo(json.dumps([asdict(each) for each in found]))
    else:
        width = max(len(each.what) for each in found)
        for each in found:
            mark, color = MARKS[each.verdict]
            click.echo(f"{click.style(mark, fg=color)} {each.what.ljust(width)}  {each.detail}")
            if each.hint:
                click.echo(f"  {' ' * width}  → {each.hint}")
    wrong = any(each.verdict == "wrong" for each in found)
    ctx.exit(EnvironmentFailedError.exit_code if wrong else 0)
