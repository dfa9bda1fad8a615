"""What the room says of itself is so: README, docstrings, the table of handlers, and imports."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sandbox.servers.kafka
from sandbox.servers.kafka.handlers import HANDLERS

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Api

ROOM = Path(sandbox.servers.kafka.__file__).parent
APIS = pytest.mark.parametrize("api", HANDLERS.values(), ids=lambda api: api.name)
FORBIDDEN = {"asyncio", "socket", "threading", "selectors", "subprocess"}


def docstring(api: Api) -> str:
    """Give the module docstring of an API's handler."""
    return importlib.import_module(api.handle.__module__).__doc__ or ""


def left_out(api: Api) -> str:
    """Give what a handler says that it does not implement, on one line; nothing where all is."""
    said = " ".join(docstring(api).partition("Not implemented:")[2].split()).removesuffix(".")
    return "" if said == "nothing is left out" else said


def versions(api: Api) -> str:
    """Give an API's versions as the table has them."""
    first, last = api.versions[0], api.versions[-1]
    return f"{first}" if first == last else f"{first} to {last}"


def subject(api: Api) -> str:
    """Give what a handler says that its API is for."""
    said = docstring(api).partition(": ")[2].partition("\n\n")[0]
    return " ".join(said.split()).removesuffix(".")


@APIS
def test_docstrings_have_the_same_skeleton(api: Api) -> None:
    """Name and key, versions, behaviour, what is not implemented: in that order, and true."""
    said = docstring(api)
    plural = "Versions" if len(api.versions) > 1 else "Version"
    assert said.startswith(f"{api.name} ({api.key}): ")
    assert said.index(f"\n\n{plural} {versions(api)}") < said.index("\n\nNot implemented: ")
    assert said.rstrip().endswith(".")


@APIS
def test_files_are_named_after_their_api(api: Api) -> None:
    """`ls handlers` is the list of APIs, by key."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", api.name).lower()
    assert api.handle.__module__.rpartition(".")[2] == f"k{api.key:02}_{snake}"


def test_no_handler_is_left_out_of_the_table() -> None:
    """Every file of an API is in HANDLERS, in the order of its key."""
    files = [int(path.name[1:3]) for path in sorted((ROOM / "handlers").glob("k[0-9]*.py"))]
    assert list(HANDLERS) == files


@APIS
def test_no_version_is_promised_that_the_codec_lacks(api: Api) -> None:
    """kafka-python's schemas reach as far as the table does."""
    assert api.versions[-1] <= min(api.request.max_version, api.response.max_version)
    assert api.key == api.request.API_KEY == api.response.API_KEY


def test_the_readme_has_the_table_of_handlers() -> None:
    """The coverage table is what handlers and docstrings say, row for row."""
    expected = [
        f"| {api.key} | {api.name} | {versions(api)} | {subject(api)} | {left_out(api)} |"
        for api in HANDLERS.values()
    ]
    expected = [row.replace("|  |", "| |") for row in expected]
    lines = (ROOM / "README.md").read_text().splitlines()
    found = [line for line in lines if re.match(r"\| \d+ \|", line)]
    assert found == expected, "put these rows there:\n" + "\n".join(expected)


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOM / "handlers").glob("*.py"), *(ROOM / "state").glob("*.py")]),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_state_and_handlers_do_not_know_of_sockets(path: Path) -> None:
    """They import nothing that waits, connects or runs beside."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert not imported & FORBIDDEN
