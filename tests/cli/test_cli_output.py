"""How answers are shown: formats, colours, and readers that go away."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_project import COMMAND, plain_environment, refuses

if TYPE_CHECKING:
    from cli_project import Project

ESCAPE = "\x1b["


def test_the_format_of_the_environment(running: Project) -> None:
    """SANDBOX_FORMAT says the format where no flag does."""
    wanted = {"SANDBOX_FORMAT": "json"}
    assert json.loads(running.ok("ps", environment=wanted))["name"] == "tiny"
    assert running.ok("ps", "--format", "text", environment=wanted).startswith("NAME")
    refuses(running.run("ps", environment={"SANDBOX_FORMAT": "xml"}), 2, "'text', 'json'")
    assert running.ok("ps", environment={"SANDBOX_FORMAT": ""}).startswith("NAME")


@pytest.mark.parametrize("command", [["ps"], ["env"], ["sql", "SELECT 1 AS n"], ["doctor"]])
def test_json_is_one_document(running: Project, command: list[str]) -> None:
    """In JSON, stdout is one document, and there is nothing on stderr."""
    done = running.run(*command, "--format", "json")
    json.loads(done.stdout)
    assert done.stderr == ""


def on_a_terminal(project: Project, *arguments: str, **variables: str) -> str:
    """Run on a terminal and give all that it shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *arguments],
        cwd=project.folder,
        env={**plain_environment(), "TERM": "xterm", **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        # How Linux says that nobody has the terminal open any more.
        return b""


@pytest.mark.parametrize(
    "command", [["ps"], ["logs", "nope"], ["doctor"]], ids=lambda each: each[0]
)
def test_colours(running: Project, command: list[str]) -> None:
    """A terminal gets colours, also of errors; NO_COLOR, CI and a pipe do not."""
    assert ESCAPE in on_a_terminal(running, *command)
    assert ESCAPE not in on_a_terminal(running, *command, NO_COLOR="1")
    assert ESCAPE not in on_a_terminal(running, *command, CI="true")
    done = running.run(*command)
    assert ESCAPE not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    ["sql 'SELECT repeat(chr(97), 40) FROM range(50000)' --limit 50000", "--help", "env"],
)
def test_a_reader_that_goes_away(running: Project, command: str) -> None:
    """`sandbox … | head -1` shows a line, and neither a traceback nor any other word."""
    script = f"{COMMAND} {command} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=running.folder,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    shown, code = done.stdout.splitlines()
    assert shown
    # What fits into the pipe was written before the reader went.
    assert code in ("0", "141") if len(command) < 10 else code == "141"


def test_a_disk_that_is_full(running: Project) -> None:
    """What the system refuses is said in words."""
    with Path("/dev/full").open("w") as full:
        done = running.run("ps", stdout=full)
    assert done.returncode == 3
    assert done.stderr.startswith("error: the system refuses: No space left on device\n")
    assert "Traceback" not in done.stderr


def test_a_closed_stdout(running: Project) -> None:
    """A command whose output nobody wants does its work."""
    script = f"{COMMAND} ps >&-"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=running.folder,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


def test_a_terminal_without_the_letters(running: Project) -> None:
    """Where a letter cannot be shown, its code is; the command does not fail for it."""
    query = "SELECT 'ö→' AS word"
    done = running.run(
        "sql", query, environment={"PYTHONIOENCODING": "latin-1:strict"}, encoding="latin-1"
    )
    assert done.stdout == "word\n\\u2500\\u2500\\u2500\\u2500\nö\\u2192\n"
