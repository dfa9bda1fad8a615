"""sandbox replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.options import Chosen, allow_option, format_option
from sandbox.report.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.config.definition import Config
    from sandbox.results import ScenarioResult
    from sandbox.scenario.definition import Scenario


@click.command()
@click.argument("places", nargs=-1, type=click.Path(path_type=Path), metavar="[SCENARIO]...")
@click.option("--variant", help="Play this variant, and judge it like any scenario.")
@click.option(
    "--twins",
    is_flag=True,
    help="Play every variant too, and demand that it fails where it says, and nowhere else.",
)
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit XML to this file too.")
@allow_option
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    places: Sequence[Path],
    variant: str | None,
    junit: Path | None,
    form: str,
    *,
    allow: str | None,
    twins: bool,
) -> None:
    """Play SCENARIOs, files or folders of them, and judge their claims.

    Without one, all of the sandbox's. The sandbox is reset before each and left as the last one
    ended, so that `sandbox sql` can look at it.
    """
    chosen: Chosen = ctx.obj
    if variant and twins:
        raise click.UsageError("--variant plays one variant, --twins plays all: choose", ctx)
    if junit:
        _make_room(junit)
    session = chosen.session(allow=allow)
    plays = list(_plays(session.config, places, variant, twins=twins))
    results = []
    for scenario, name in plays:
        result = session.replay(scenario, name)
        results.append(result)
        if form == "text":
            click.echo(text(result) + "\n")
    if form == "json":
        click.echo(json.dumps([each.jsonable() for each in results]))
    if junit:
        _write_junit(junit, results, twins=twins)
    ctx.exit(max(_exit_code(each, twins=twins) for each in results))


def _plays(
    config: Config, places: Sequence[Path], variant: str | None, *, twins: bool
) -> Iterator[tuple[Scenario, str | None]]:
    """Read all that will be played, so that a wrong file stops everything before it starts."""
    from sandbox.scenario.load import find_scenarios, load_scenario  # noqa: PLC0415
    from sandbox.scenario.variant import find_variant  # noqa: PLC0415

    for place in places or [config.folder / config.scenarios]:
        for path in find_scenarios(place):
            scenario = load_scenario(path, config)
            find_variant(scenario, variant)
            yield scenario, variant
            if twins:
                yield from ((scenario, name) for name in scenario.variants)


def _exit_code(result: ScenarioResult, *, twins: bool) -> int:
    """Give the exit code: with --twins, a twin that fails as it says is as it should be."""
    return 0 if twins and result.as_declared else result.exit_code or int(twins)


def _make_room(path: Path) -> None:
    """Find out that a report cannot be written before anything is played, not after."""
    from sandbox.errors import UsageError  # noqa: PLC0415

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise UsageError(f"--junit: cannot write {path}: {error.strerror}") from error


def _write_junit(path: Path, results: Sequence[ScenarioResult], *, twins: bool) -> None:
    from sandbox.report.junit import junit  # noqa: PLC0415

    path.write_text(junit(results, twins=twins), encoding="utf-8")
