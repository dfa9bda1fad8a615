"""sandbox sql."""

from __future__ import annotations

import json
import sys

import click

from sandbox.cli.options import Chosen, format_option, say
from sandbox.report.table import table


@click.command()
@click.argument("query")
@click.option("--limit", default=1000, show_default=True, help="Rows to show at most.")
@format_option
@click.pass_obj
def command(chosen: Chosen, query: str, limit: int, form: str) -> None:
    """Ask QUERY of everything: stream, objects, features, calls, apps, events.

    \b
    sandbox sql "SELECT value->>'carrier' AS carrier, count(*) FROM stream.departures GROUP BY 1"
    sandbox sql "SHOW ALL TABLES"
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    if query == "-":
        query = sys.stdin.read()
    found = chosen.session(quiet=True).sql(query, limit=limit)
    if form == "json":
        click.echo(json.dumps(found.as_dicts()))
        return
    click.echo(table(found.columns, found.rows))
    if len(found.rows) == limit:
        say(f"the first {limit} rows; --limit shows more")
