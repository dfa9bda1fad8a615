"""sandbox demo."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.options import runtime_option, say
from sandbox.cli.ps import show_status
from sandbox.config.settings import RUNTIME
from sandbox.errors import EXPECTATION_FAILED, UsageError
from sandbox.report.table import table
from sandbox.report.text import text

if TYPE_CHECKING:
    from sandbox.cli.options import Chosen
    from sandbox.config.definition import Config
    from sandbox.scenario.definition import Scenario
    from sandbox.session import Session

SCENARIO = Path("scenarios/pitfalls/p06_end_to_end_day.yaml")
TWIN = "short_key"

ARCHIVE = "SELECT key AS object, size AS bytes FROM objects.archive ORDER BY key"
NAMESAKES = """
    SELECT key AS prediction_id, value->>'origin' AS origin, value->>'scheduled_at' AS scheduled_at,
           round((value->>'probability')::DOUBLE, 4) AS probability
    FROM stream.predictions
    QUALIFY count(*) OVER (PARTITION BY key) > 1
    ORDER BY scheduled_at
"""


@click.command()
@runtime_option
@click.pass_context
def command(ctx: click.Context, runtime: str | None) -> None:
    """See it all once, on the reference product: start, replay a day, catch a bug, stop.

    It runs beside whatever is up and leaves nothing behind.
    """
    from sandbox.session.temporary import temporary  # noqa: PLC0415 - not for --help

    began = time.monotonic()
    chosen: Chosen = ctx.obj
    # It needs no Docker, and shows the same to everybody: containers only where they are asked for.
    asked = runtime or os.environ.get(RUNTIME) or "embedded"
    config = chosen.session(runtime=asked).config
    scenario = _scenario(config)
    with temporary(config, "demo", progress=say) as session:
        as_declared = _play(session, scenario)
    say(f"everything is stopped and its data removed; all of it took {_since(began)}")
    if not as_declared:
        say("the demo did not go as it should: see above")
        ctx.exit(EXPECTATION_FAILED)
    _headline("Go on")
    click.echo("  sandbox up          start it and keep it; then sandbox ps, sql, logs, env")
    click.echo("  sandbox replay      play the scenarios; --twins proves that they can fail")
    click.echo(f"  {SCENARIO}   is the story you just saw")


def _scenario(config: Config) -> Scenario:
    from sandbox.scenario.load import load_scenario  # noqa: PLC0415 - not for --help

    path = config.folder / SCENARIO
    if not path.is_file():
        raise UsageError(
            f"the demo plays {SCENARIO}, and {config.folder} has none",
            hint="run it in a clone of the sandbox's repository",
        )
    return load_scenario(path, config)


def _play(session: Session, scenario: Scenario) -> bool:
    """Show the day and its broken twin; tell whether both went as declared."""
    _headline("1. Start a scaled-down copy of production, filled with real data")
    began = time.monotonic()
    status = session.up()
    say(f"up in {_since(began)}")
    show_status(status)

    _headline("2. Replay a day: 8 June 2013, every flight that left New York")
    healthy = session.replay(scenario)
    click.echo(text(healthy))
    _headline("   What it left in the object store")
    _show(session, ARCHIVE)

    _headline("3. The same day, with a bug that real teams have shipped")
    broken = session.replay(scenario, TWIN)
    click.echo(text(broken))
    _headline("   Where did it go? Two predictions in the stream are known by one name")
    _show(session, NAMESAKES)
    return healthy.as_declared and broken.as_declared


def _show(session: Session, query: str) -> None:
    found = session.sql(query)
    click.echo(table(found.columns, found.rows, indent="  "))


def _headline(words: str) -> None:
    click.echo("\n" + click.style(words, bold=True) + "\n")


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
