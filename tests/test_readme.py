"""The README says what is so: its tables agree with the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.cli.commands import COMMANDS
from sandbox.config.definition import Config
from sandbox.document.describe import describe
from sandbox.replay.differences import DIFFERENCES
from sandbox.scenario.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def rows_below(header: str) -> Iterator[tuple[str, ...]]:
    """Give the rows of the table whose first column is headed so."""
    table = README.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    for line in table.splitlines()[2:]:
        _, *cells, _ = re.split(r"(?<!\\)\|", line)
        yield tuple(cell.strip() for cell in cells)


def names_in(cell: str) -> list[str]:
    """Give what stands between backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def test_commands_agree() -> None:
    """Each command stands in the table, in the same order and words."""
    table = rows_below("command")
    said = {names_in(name)[0].removeprefix("sandbox "): line for name, line in table}
    assert list(said.items()) == list(COMMANDS.items())


def test_steps_agree() -> None:
    """Each step stands in the table."""
    assert [name for cell, _ in rows_below("step") for name in names_in(cell)] == list(STEPS)


def test_keys_agree() -> None:
    """Each key of sandbox.toml that holds a value stands in the table, and no other."""
    keys = {each.key for each in describe(Config)} - {"path"}
    leaves = {key for key in keys if not any(other.startswith(f"{key}.") for other in keys)}
    assert {name for cell, _ in rows_below("key") for name in names_in(cell)} == leaves


def test_differences_agree() -> None:
    """Each known difference of the runtimes stands in the table, in the same words."""
    rows = [
        (names_in(name)[0], tuple(servers.split(", ")), what)
        for name, servers, what in rows_below("difference")
    ]
    assert rows == [(each.name, each.servers, each.what) for each in DIFFERENCES]


def test_links_lead_somewhere() -> None:
    """Each file that the README links to is there, and so is each that it names in code."""
    linked = re.findall(r"\]\(([^)#]+)\)", README)
    named = re.findall(r"`((?:sandbox|fixtures|scenarios|tests)/[\w./]+)`", README)
    assert linked
    assert [each for each in linked + named if not (ROOT / each).exists()] == []


def test_map_names_every_package() -> None:
    """The map speaks of every package and module of the house, or of the ground."""
    house = README.split("## The map", 1)[1].split("## ", 1)[0]
    ground = {"clock", "document", "endpoint", "errors", "fixture_manifest", "results"}
    parts = {path.stem for path in (ROOT / "sandbox").iterdir() if path.suffix in ("", ".py")}
    missing = {
        part
        for part in parts - ground - {"__init__", "__pycache__", "py"}
        if not re.search(rf"\b{part}\b", house)
    }
    assert missing == set()
