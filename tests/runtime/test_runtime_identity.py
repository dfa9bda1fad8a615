"""A process is known by what cannot come twice: nothing else is ever signalled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest
from runtime_apps import SLEEP, python

from sandbox.runtime import process
from sandbox.runtime.record import ProcessRecord
from sandbox.runtime.spec import ReadyLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.runtime.runtime import Runtime

# A token, as another command has chosen it.
MARK = "f3c1"


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process of somebody else's, in a session of its own as ours are."""
    running = subprocess.Popen(
        [sys.executable, "-c", "import signal; print(flush=True); signal.pause()"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert running.stdout is not None
    with running.stdout:
        running.stdout.readline()
        yield running
        running.kill()
        running.wait(30)


@pytest.mark.parametrize("started", [None, 0.0, "an hour before"])
def test_a_recycled_id_is_never_touched(
    stranger: subprocess.Popen[bytes], started: float | str | None
) -> None:
    """A process that has our process id, but not our time or token, is not found and lives on."""
    if isinstance(started, str):
        started = psutil.Process(stranger.pid).create_time() - 3600
    stale = ProcessRecord(
        name="stream", kind="service", token=MARK, pid=stranger.pid, started=started
    )
    assert process.find(stale) is None
    assert process.end([stale], within=1) == []
    assert not process.kill(stale)
    assert not process.send(stale, signal.SIGTERM)
    assert stranger.poll() is None


def test_an_id_that_is_gone(tmp_path: Path) -> None:
    """A process that has long ended is not found, and ending it is no error."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(30)
    stale = ProcessRecord(name="a", kind="app", token=MARK, pid=ended.pid, started=1.0)
    assert process.find(stale) is None
    assert process.end([stale], within=1) == []


def test_found_by_its_token(runtime: Runtime, tmp_path: Path) -> None:
    """A command that was killed before it wrote the process id left one that is found and ended."""
    runtime.start([python(tmp_path, "app", SLEEP)])
    known = runtime.record.processes["app"]
    unwritten = replace(known, pid=None, started=None)
    found = process.find(unwritten)
    assert found is not None
    assert found.pid == known.pid
    assert process.end([unwritten], within=5) == []
    assert process.find(known) is None


def test_found_rather_than_its_children(runtime: Runtime, tmp_path: Path) -> None:
    """Children carry the token too; the process that was started is found, and all are ended."""
    code = (
        "import os, signal, subprocess, sys\n"
        "pids = [subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']).pid"
        " for _ in range(3)]\n"
        "print(*pids, flush=True); signal.pause()"
    )
    runtime.start([python(tmp_path, "app", code, ready=ReadyLog(r"\d"))])
    known = runtime.record.processes["app"]
    children = [psutil.Process(int(pid)) for pid in runtime.last_lines("app").split()[1:]]
    unwritten = replace(known, pid=None, started=None)
    found = process.find(unwritten)
    assert found is not None
    assert found.pid == known.pid
    assert process.kill(unwritten)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def test_a_moved_clock_makes_no_stranger(runtime: Runtime, tmp_path: Path) -> None:
    """Where the creation time reads otherwise, as after a change of the clock, the token tells."""
    runtime.start([python(tmp_path, "app", SLEEP)])
    known = runtime.record.processes["app"]
    moved = replace(known, started=(known.started or 0) - 7200)
    found = process.find(moved)
    assert found is not None
    assert found.pid == known.pid


def test_how_it_ended_is_told_after_it_was_looked_for(tmp_path: Path) -> None:
    """Looking for a process that ended does not lose how it did."""
    pid, started = process.spawn(
        [sys.executable, "-c", "raise SystemExit(9)"],
        token=MARK,
        directory=tmp_path,
        environment=dict(os.environ),
        log=tmp_path / "log",
    )
    known = ProcessRecord(name="a", kind="app", token=MARK, pid=pid, started=started)
    assert process.end([known], within=20) == []
    assert process.find(known) is None
    stranger = replace(known, token=MARK[:-1])
    assert process.exit_status(stranger) == "ended"
    assert process.exit_status(known) in ("ended with exit code 9", "ended by SIGTERM")
