"""sandbox images: list, build, pull."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from sandbox.cli.options import Chosen, format_option, say
from sandbox.errors import UsageError, nearest
from sandbox.report.table import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEGABYTE = 1_000_000


@click.group()
def command() -> None:
    """Show, build or pull the images that services run from in containers.

    Their names stand in sandbox.toml, under [images].
    """


@command.command("list")
@format_option
@click.pass_obj
def show(chosen: Chosen, form: str) -> None:
    """Show which images there are, which this sandbox needs, and which the engine has."""
    from sandbox.runtime.containers import images  # noqa: PLC0415 - not for --help
    from sandbox.runtime.containers.engine import connect  # noqa: PLC0415 - as above
    from sandbox.services.images import every_service, of_apps, of_services  # noqa: PLC0415

    config = chosen.session(quiet=True).config
    needed = {**of_services(config), **of_apps(config)}
    found = images.look(connect(), {**every_service(config), **of_apps(config)})
    if form == "json":
        click.echo(json.dumps([{**asdict(each), "needed": each.key in needed} for each in found]))
        return
    rows = [
        (
            each.key,
            each.name,
            each.state,
            "yes" if each.key in needed else "",
            f"{each.size / MEGABYTE:.0f} MB" if each.size else "",
        )
        for each in found
    ]
    click.echo(table(("KEY", "IMAGE", "STATE", "NEEDED", "SIZE"), rows))


@command.command()
@click.argument("keys", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Those too that this sandbox does not need.")
@click.pass_obj
def build(chosen: Chosen, keys: tuple[str, ...], *, every: bool) -> None:
    """Build images from packages alone, where no registry can be reached: KEYS, or those needed.

    What was built of the same already is left. It takes Maven for kafka, Go for versitygw and
    minio, and pip for servers; and debootstrap, as root, where the Debian image cannot be pulled.
    """
    from sandbox.runtime.containers import images  # noqa: PLC0415 - not for --help
    from sandbox.runtime.containers.engine import connect  # noqa: PLC0415 - as above

    images.build(connect(), _chosen(chosen, keys, every=every), say)


@command.command()
@click.argument("keys", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Those too that this sandbox does not need.")
@click.pass_obj
def pull(chosen: Chosen, keys: tuple[str, ...], *, every: bool) -> None:
    """Pull the images that a registry has: KEYS, or those that this sandbox needs.

    Our own have to be built.
    """
    from sandbox.runtime.containers import images  # noqa: PLC0415 - not for --help
    from sandbox.runtime.containers.engine import connect  # noqa: PLC0415 - as above

    images.pull(connect(), _chosen(chosen, keys, every=every), say)


def _chosen(chosen: Chosen, keys: Sequence[str], *, every: bool) -> Mapping[str, str]:
    """Give the images that are meant by their keys; raises UsageError for one that is not there."""
    from sandbox.services.images import every_service, of_services  # noqa: PLC0415 - as above

    config = chosen.session(quiet=True).config
    known = every_service(config)
    for key in keys:
        if key not in known:
            raise UsageError(f"there is no image {key!r}", hint=nearest(key, known))
    if keys:
        return {key: known[key] for key in keys}
    return known if every else of_services(config)
