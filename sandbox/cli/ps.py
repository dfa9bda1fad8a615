"""sandbox ps."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from sandbox.cli.options import Chosen, format_option, say
from sandbox.report.table import table

if TYPE_CHECKING:
    from sandbox.session.status import ProcessStatus, Status

COLORS = {"ready": "green", "died": "red", "away": "red", "starting": "yellow", "stopped": None}


@click.command()
@format_option
@click.pass_obj
def command(chosen: Chosen, form: str) -> None:
    """Show what runs, and where."""
    status = chosen.session(quiet=True).status()
    if form == "json":
        click.echo(json.dumps(asdict(status)))
    elif not status.processes:
        click.echo(f"the sandbox {status.name!r} is not up; start it: sandbox up", err=True)
    else:
        show_status(status)
        _advise(status)


def _ids(status: Status) -> str:
    return "CONTAINER" if any(each.container for each in status.processes) else "PID"


def _id(process: ProcessStatus) -> int | str:
    """Give what to hand to `kill` or to `docker`."""
    return process.container[:12] if process.container else process.pid or ""


def show_status(status: Status) -> None:
    """Print a table of services and apps, what is wrong in red."""
    rows = [
        (each.name, each.kind, each.state, _id(each), each.variable or "", each.address or "")
        for each in status.processes
    ]
    lines = table(("NAME", "KIND", "STATE", _ids(status), "VARIABLE", "ADDRESS"), rows).splitlines()
    click.echo(lines[0])
    for line, each in zip(lines[2:], status.processes, strict=True):
        click.echo(
            line.replace(
                f" {each.state} ", f" {click.style(each.state, fg=COLORS[each.state])} ", 1
            )
        )


def _advise(status: Status) -> None:
    """Say what to do about what is not as it should be."""
    away = [each.name for each in status.processes if each.state == "away"]
    died = [each.name for each in status.processes if each.state == "died"]
    if not status.seeded:
        say("its start was not finished; unless one is at work now, begin anew: sandbox up")
    elif status.unfinished:
        say("a reset was not finished; unless one is at work now, finish it: sandbox reset")
    elif away:
        say(
            f"nobody listens where {', '.join(away)} should; is it reached by a VPN or a port-forward?"
        )
    elif died:
        them, their = ("it", "its") if len(died) == 1 else ("them", "their")
        say(f"{', '.join(died)} died; start {them} again, with {their} data: sandbox up")
