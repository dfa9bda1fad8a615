"""sandbox sql."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

import click

from sandbox.cli.options import Chosen, format_option, say
from sandbox.errors import UsageError
from sandbox.report.table import table


@click.command()
@click.argument("query")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Rows to show at most.",
)
@format_option
@click.pass_obj
def command(chosen: Chosen, query: str, limit: int, form: str) -> None:
    """Ask QUERY of everything: stream, objects, features, calls, apps, events.

    A dash reads the query from standard input.

    \b
    sandbox sql "SELECT value->>'carrier' AS carrier, count(*) FROM stream.departures GROUP BY 1"
    sandbox sql "SHOW ALL TABLES"
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    # One row more tells whether there is more.
    found = chosen.session(quiet=True).sql(_read(query), limit=limit + 1)
    shown = replace(found, rows=found.rows[:limit])
    if form == "json":
        click.echo(json.dumps(shown.as_dicts()))
    elif shown.columns:
        click.echo(table(shown.columns, shown.rows))
    if len(found.rows) > limit:
        say(f"these are the first {limit} rows; --limit shows more")


def _read(query: str) -> str:
    """Give the query's text, from standard input where it is a dash."""
    content = _standard_input() if query == "-" else os.fsencode(query)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"the query is not UTF-8 text (byte {error.start})") from error


def _standard_input() -> bytes:
    return sys.stdin.buffer.read() if sys.stdin is not None else b""
