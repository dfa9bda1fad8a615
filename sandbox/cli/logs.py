"""sandbox logs."""

from __future__ import annotations

import json
import threading
from functools import partial
from typing import TYPE_CHECKING

import click

from sandbox.cli.options import Chosen, format_option, say
from sandbox.errors import EngineError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sandbox.session import Session

LOOK_EVERY = 0.1


@click.command()
@click.argument("names", nargs=-1)
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Lines of each, from its end.",
)
@format_option
@click.pass_obj
def command(chosen: Chosen, names: tuple[str, ...], lines: int, form: str, *, follow: bool) -> None:
    """Show what services and apps print: of NAMES, or of all of them.

    Logs stay when the sandbox goes down. In JSON, each line is an object of its own.
    """
    session = chosen.session(quiet=True)
    folder = session.live.folder.path / "logs"
    elsewhere = {*session.live.external} - {*session.live.service_names()}
    known = {*_logs(folder), *session.config.apps, *session.live.service_names()} - elsewhere
    for name in names:
        if name in elsewhere:
            raise UsageError(f"{name} is external: its log is where it runs")
        if name not in known:
            raise UsageError(f"there is no log of {name!r}", hint=nearest(name, known))
    _collect(session)
    if not follow and not _logs(folder, names):
        say("nothing was logged yet; start it: sandbox up")
    width = max(map(len, names or known))
    collect = partial(_collect, session)
    for name, line in _lines(folder, names, lines, collect, follow=follow):
        if form == "json":
            click.echo(json.dumps({"name": name, "line": line}))
        else:
            click.echo(click.style(name.ljust(width), dim=True) + f"  {line}")


def _collect(session: Session) -> None:
    """Have what containers printed in their logs; where the engine is away, say so."""
    try:
        session.collect_logs()
    except EngineError as error:
        say(f"what containers printed since is not here: {error.message}")


def _logs(folder: Path, names: Sequence[str] = ()) -> dict[str, Path]:
    """Find the logs that are there now: those of `names`, or all."""
    found = {path.stem: path for path in sorted(folder.glob("*.log"))}
    return {name: found[name] for name in names or found if name in found}


def _lines(
    folder: Path,
    names: Sequence[str],
    last: int,
    collect: Callable[[], None],
    *,
    follow: bool,
) -> Iterator[tuple[str, str]]:
    """Give the last lines of each log; then, when following, each line as it comes."""
    read = {}
    for name, path in _logs(folder, names).items():
        content = path.read_bytes()
        # Who follows gets a line that is still being written when it is whole.
        shown = content[: content.rfind(b"\n") + 1] if follow else content
        read[name] = len(shown)
        said = _split(shown)
        yield from ((name, line) for line in said[max(0, len(said) - last) :])
    nobody_sets_it = threading.Event()
    while follow and not nobody_sets_it.wait(LOOK_EVERY):
        collect()
        for name, path in _logs(folder, names).items():
            new, read[name] = _new_lines(path, read.get(name, 0))
            yield from ((name, line) for line in new)


def _new_lines(path: Path, start: int) -> tuple[Sequence[str], int]:
    """Give the whole lines written since byte `start`, and where they end."""
    try:
        begin = start if start <= path.stat().st_size else 0
        with path.open("rb") as file:
            file.seek(begin)
            written = file.read()
    except FileNotFoundError:
        return (), 0
    whole = written[: written.rfind(b"\n") + 1]
    return _split(whole), begin + len(whole)


def _split(content: bytes) -> list[str]:
    """Split at line ends only: other letters that end lines may stand within one."""
    lines = content.decode(errors="replace").split("\n")
    return [line.rstrip("\r") for line in (lines if lines[-1] else lines[:-1])]
