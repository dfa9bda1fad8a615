"""Help, and what is wrong before any file is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_project import plain_environment, refuses

import sandbox.cli
from sandbox.cli.commands import COMMANDS

if TYPE_CHECKING:
    from cli_project import Project

# Files of sandbox/cli that are no command.
SHARED = {"__init__", "commands", "options", "program"}

# What takes long to import.
HEAVY = {"duckdb", "kafka", "minio", "numpy", "onnxruntime", "psutil", "uvicorn", "yaml"}

IMPORTED = """\
import sys
from sandbox.cli.program import run
code = run(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


def test_the_table_of_commands_is_the_folder() -> None:
    """Every command has a file of its own, which says so in its first line, and none is left."""
    files = {path.stem: path for path in Path(sandbox.cli.__file__).parent.glob("*.py")}
    assert set(files) - SHARED == set(COMMANDS)
    for name in COMMANDS:
        assert files[name].read_text().startswith(f'"""sandbox {name}')


def test_help_lists_every_command(project: Project) -> None:
    """`sandbox --help` names every command with its line, in the table's order."""
    said = project.ok("--help")
    places = [said.index(f"  {name.ljust(6)}  {line}") for name, line in COMMANDS.items()]
    assert places == sorted(places)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(project: Project, name: str) -> None:
    """`sandbox COMMAND --help` needs no project, and says what the command and each option do."""
    said = project.ok(name, "--help", cwd="/")
    assert said.startswith(f"Usage: sandbox {name} ")
    # Of a group of commands: those, and what each is for.
    options = said.partition("Commands:\n" if "Commands:" in said else "Options:\n")[2].splitlines()
    assert options
    assert all(len(line) > 20 for line in options)


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Help comes at once: no client, no database and no server is imported for it."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY & set(done.stderr.split()) == set()


def test_it_says_its_version(project: Project) -> None:
    """`--version` names the program and a version."""
    name, word, version = project.ok("--version").split()
    assert (name, word) == ("sandbox,", "version")
    assert version[0].isdigit()


def test_the_demo_elsewhere(project: Project) -> None:
    """The demo is the reference product's: in another project it says where to run it."""
    done = project.run("demo")
    hint = "run it in a clone of the sandbox's repository"
    refuses(done, 2, "the demo plays scenarios/pitfalls/", hint=hint)
    assert not project.state.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Commands:"),
        (["upp"], "no such command 'upp': did you mean 'up'?"),
        (["help"], "no such command 'help'"),
        (["--nme", "x", "up"], "--nme"),
        (["up", "--aps"], "--aps"),
        (["up", "now"], "unexpected extra argument"),
        (["run"], "COMMAND"),
        (["run", "--"], "COMMAND"),
        (["sql"], "QUERY"),
        (["sql", "SELECT 1", "--limit", "0"], "--limit"),
        (["sql", "SELECT 1", "--limit", "many"], "--limit"),
        (["logs", "-n", "-1"], "--lines"),
        (["ps", "--format", "xml"], "'text', 'json'"),
        (["replay", "--twins", "--variant", "x"], "choose"),
        (["--name", "a b", "ps"], "'a b' (--name) cannot be the name of a sandbox"),
        (["--name", "../up", "up"], "'../up' (--name) cannot be the name of a sandbox"),
    ],
)
def test_wrong_usage(project: Project, arguments: list[str], words: str) -> None:
    """What makes no sense on the command line is told, ends with 2, and does nothing."""
    refuses(project.run(*arguments), 2, words)
    assert not project.state.exists()
