"""sandbox logs."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import click

from sandbox.cli.options import Chosen, format_option
from sandbox.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LOOK_EVERY = 0.1


@click.command()
@click.argument("names", nargs=-1)
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.option("-n", "--lines", default=200, show_default=True, help="Lines of each, from its end.")
@format_option
@click.pass_obj
def command(chosen: Chosen, names: tuple[str, ...], lines: int, form: str, *, follow: bool) -> None:
    """Show what services and apps print: of NAMES, or of all of them."""
    folder = chosen.session(quiet=True).live.folder.path / "logs"
    known = {path.stem: path for path in sorted(folder.glob("*.log"))}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no log of {name!r}", hint=nearest(name, known))
    logs = {name: known[name] for name in names or known}
    width = max(map(len, logs), default=0)
    for name, line in _lines(logs, lines, follow=follow):
        if form == "json":
            click.echo(json.dumps({"name": name, "line": line}))
        else:
            click.echo(click.style(name.ljust(width), dim=True) + f"  {line}")


def _lines(logs: dict[str, Path], last: int, *, follow: bool) -> Iterator[tuple[str, str]]:
    """Give the last lines of each log; then, when following, each line as it comes."""
    read = {}
    for name, path in logs.items():
        content = path.read_bytes()
        read[name] = len(content)
        for line in content.decode(errors="replace").splitlines()[-last:]:
            yield name, line
    nobody_sets_it = threading.Event()
    while follow and not nobody_sets_it.wait(LOOK_EVERY):
        for name, path in logs.items():
            new, read[name] = _new_lines(path, read[name])
            for line in new:
                yield name, line


def _new_lines(path: Path, start: int) -> tuple[Sequence[str], int]:
    """Give the whole lines written since byte `start`, and where they end."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(start if start <= size else 0)
            written = file.read()
    except FileNotFoundError:
        return (), 0
    whole, newline, _ = written.rpartition(b"\n")
    begin = start if start <= size else 0
    return whole.decode(errors="replace").splitlines(), begin + len(whole) + len(newline)
