"""`sandbox logs`: what services and apps printed, and print."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
from cli_project import refuses

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from cli_project import Project


@pytest.fixture
def logs(project: Project) -> Path:
    """Give the folder of logs, with two that are written already."""
    folder = project.state / "logs"
    folder.mkdir(parents=True)
    (folder / "stream.log").write_text("one\ntwo\nthree\n")
    (folder / "object_store.log").write_text("ready\nhalf a li")
    return folder


def test_all_logs(project: Project, logs: Path) -> None:
    """Each line stands beside the name of who wrote it."""
    assert project.ok("logs").splitlines() == [
        "object_store    ready",
        "object_store    half a li",
        "stream          one",
        "stream          two",
        "stream          three",
    ]


@pytest.mark.parametrize(("lines", "shown"), [("0", []), ("2", ["two", "three"]), ("9", None)])
def test_the_last_lines(project: Project, logs: Path, lines: str, shown: list[str] | None) -> None:
    """`-n` gives that many lines from the end, also none."""
    said = [line.split()[1] for line in project.ok("logs", "stream", "-n", lines).splitlines()]
    assert said == (["one", "two", "three"] if shown is None else shown)


def test_lines_for_programs(project: Project, logs: Path) -> None:
    """In JSON, each line is an object; a line holds what was written, whatever its letters."""
    (logs / "stream.log").write_bytes(b'say "\xc3\xb6"\x0b\xe2\x80\xa8\r\n\n\xff\n')
    said = project.ok("logs", "stream", "--format", "json").splitlines()
    assert [json.loads(line) for line in said] == [
        {"name": "stream", "line": 'say "ö"\x0b\u2028'},
        {"name": "stream", "line": ""},
        {"name": "stream", "line": "\ufffd"},
    ]


def test_an_unknown_name(project: Project, logs: Path) -> None:
    """A typo names the nearest service or app; what has no log yet is no typo."""
    done = project.run("logs", "stream", "streem")
    refuses(done, 2, "there is no log of 'streem'", hint="did you mean 'stream'?")
    refuses(project.run("logs", "model_server"), 0, "nothing was logged yet")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_following(project: Project, logs: Path, number: signal.Signals) -> None:
    """`-f` goes on with whole lines, and with logs that come later, until it is told to end."""
    begun = project.begin("logs", "-f", "-n", "1")
    out = project.folder / "begun.out"
    wait_until(lambda: out.read_text().count("\n") == 2, within=20, waiting_for="what is there")
    with (logs / "object_store.log").open("a") as log:
        log.write("ne\nnext")
    (logs / "web.log").write_text("hello\n")
    wait_until(lambda: "hello" in out.read_text(), within=20, waiting_for="what came")
    begun.send_signal(number)
    assert begun.wait(10) == 128 + number
    assert [line.split(maxsplit=1) for line in out.read_text().splitlines()] == [
        ["object_store", "ready"],
        ["stream", "three"],
        ["object_store", "half a line"],
        ["web", "hello"],
    ]
    assert "Traceback" not in project.err.read_text()


def test_following_a_log_that_begins_anew(project: Project, logs: Path) -> None:
    """A log that was cut is read from its beginning."""
    begun = project.begin("logs", "-f", "stream", "-n", "1", "--format", "json")
    out = project.folder / "begun.out"
    log = logs / "stream.log"
    wait_until(lambda: "three" in out.read_text(), within=20, waiting_for="what is there")
    with log.open("a") as file:
        file.write("four\n")
    wait_until(lambda: "four" in out.read_text(), within=20, waiting_for="the line")
    log.write_text("anew\n")
    wait_until(lambda: "anew" in out.read_text(), within=20, waiting_for="the new line")
    begun.send_signal(signal.SIGINT)
    assert begun.wait(10) == 130
    said = [json.loads(each)["line"] for each in out.read_text().splitlines()]
    assert said == ["three", "four", "anew"]
