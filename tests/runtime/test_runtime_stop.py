"""Ending: in order where it can be, by force where it must, and with all that was begotten."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from runtime_apps import SLEEP, STUBBORN, python

from sandbox.clock import wait_until
from sandbox.errors import ServiceFailedError
from sandbox.runtime import process, record
from sandbox.runtime.spec import ReadyLog

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.runtime.runtime import Runtime

# Starts a child that the test names, says its process id, and goes on as it is told.
PARENT = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print("child", child.pid, flush=True)
if sys.argv[2] == "stay":
    signal.pause()
"""

CHILD = "import signal; print(flush=True); signal.pause()"

# Does some work after SIGTERM before it ends.
ORDERLY = """
import signal, sys, threading
def end(*_):
    threading.Event().wait(0.3)
    open(sys.argv[1], "w").write("flushed")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
signal.pause()
"""


def child_of(runtime: Runtime, name: str) -> psutil.Process:
    """Give the child that a parent said it has."""
    return psutil.Process(int(runtime.last_lines(name).split()[-1]))


def is_gone(child: psutil.Process) -> bool:
    """Tell whether nothing of a process runs any more."""
    return not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_stops(runtime: Runtime, tmp_path: Path) -> None:
    """A process that ends on SIGTERM is gone, and stays known as stopped."""
    runtime.start([python(tmp_path, "a", SLEEP), python(tmp_path, "b", SLEEP)])
    assert runtime.stop(["a", "b", "never-started"]) == []
    for name in ("a", "b"):
        assert not runtime.is_alive(name)
        assert not runtime.is_ready(name)
        assert runtime.record.processes[name].phase == "stopped"
    assert record.load(runtime.folder.path) == runtime.record
    assert runtime.stop(["a", "b"]) == []


def test_work_in_hand_is_finished(runtime: Runtime, tmp_path: Path) -> None:
    """What a process does after SIGTERM it may finish."""
    spec = python(tmp_path, "app", ORDERLY, str(tmp_path / "out"), ready=ReadyLog("up"))
    runtime.start([spec])
    assert runtime.stop(["app"]) == []
    assert (tmp_path / "out").read_text() == "flushed"


def test_work_behind_a_wrapper_is_finished(runtime: Runtime, tmp_path: Path) -> None:
    """A wrapper that ends at once does not cut its child's work short."""
    spec = python(tmp_path, "app", ORDERLY, str(tmp_path / "out"), ready=ReadyLog("up"))
    wrapped = python(
        tmp_path,
        "app",
        "",
        ready=ReadyLog("up"),
        command=("sh", "-c", '"$@"; :', "sh", *spec.command),
    )
    runtime.start([wrapped])
    assert runtime.stop(["app"]) == []
    assert (tmp_path / "out").read_text() == "flushed"


def test_the_stubborn_are_killed_and_named(runtime: Runtime, tmp_path: Path) -> None:
    """A process that ignores SIGTERM is killed when the time is up, and named; others are not."""
    runtime.start(
        [
            python(tmp_path, "deaf", STUBBORN, ready=ReadyLog("deaf")),
            python(tmp_path, "good", SLEEP),
        ]
    )
    assert runtime.stop(["deaf", "good"], within=0.3) == ["deaf"]
    assert not runtime.is_alive("deaf")
    assert not runtime.is_alive("good")


def test_a_paused_process_is_ended(runtime: Runtime, tmp_path: Path) -> None:
    """A process that stands still cannot hear SIGTERM, and is killed."""
    runtime.start([python(tmp_path, "app", SLEEP)])
    known = runtime.record.processes["app"]
    assert process.send(known, signal.SIGSTOP)
    paused = psutil.Process(known.pid)
    wait_until(lambda: paused.status() == psutil.STATUS_STOPPED, within=10, waiting_for="the pause")
    assert runtime.stop(["app"], within=0.2) == ["app"]
    assert not process.send(known, signal.SIGCONT)


@pytest.mark.parametrize("child", [CHILD, STUBBORN], ids=["obedient", "stubborn"])
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_children_end_too(runtime: Runtime, tmp_path: Path, child: str, how: str) -> None:
    """A process ends with its children, whether they hear SIGTERM or not."""
    runtime.start([python(tmp_path, "app", PARENT, child, "stay", ready=ReadyLog("child"))])
    begotten = child_of(runtime, "app")
    if how == "stop":
        assert runtime.stop(["app"], within=0.5) == (["app"] if child == STUBBORN else [])
    else:
        runtime.kill("app")
    wait_until(lambda: is_gone(begotten), within=10, waiting_for="the child's end")


def test_orphans_are_ended(runtime: Runtime, tmp_path: Path) -> None:
    """A child that outlived its parent is found by the token that it inherited, and ended."""
    runtime.start([python(tmp_path, "app", PARENT, CHILD, "leave")])
    wait_until(lambda: not runtime.is_alive("app"), within=20, waiting_for="the parent's end")
    orphan = child_of(runtime, "app")
    assert not is_gone(orphan)
    assert runtime.stop(["app"]) == []
    assert is_gone(orphan)


def test_kill(runtime: Runtime, tmp_path: Path) -> None:
    """Killing takes no answer; a process that does not run cannot be killed."""
    runtime.start([python(tmp_path, "deaf", STUBBORN, ready=ReadyLog("deaf"))])
    runtime.kill("deaf")
    assert not runtime.is_alive("deaf")
    assert runtime.record.processes["deaf"].phase == "stopped"
    for name in ("deaf", "nobody"):
        with pytest.raises(ServiceFailedError, match=f"{name} does not run"):
            runtime.kill(name)


def test_starts_again_on_its_port(runtime: Runtime, tmp_path: Path) -> None:
    """A process that was killed starts again under its name as another one."""
    runtime.start([python(tmp_path, "app", SLEEP)])
    first = runtime.record.processes["app"]
    runtime.kill("app")
    runtime.start([python(tmp_path, "app", SLEEP)])
    second = runtime.record.processes["app"]
    assert (first.pid != second.pid, first.token != second.token) == (True, True)
    assert process.find(first) is None
    assert runtime.is_ready("app")


def test_forgets(runtime: Runtime, tmp_path: Path) -> None:
    """What was stopped can be forgotten, here and on disk."""
    runtime.start([python(tmp_path, "app", SLEEP)])
    runtime.stop(["app"])
    runtime.forget("app")
    stored = record.load(runtime.folder.path)
    assert stored is not None
    assert stored.processes == runtime.record.processes == {}


# Starts a child in a session of its own, as daemons do, and ends before it.
DAEMON = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], start_new_session=True)
print("child", child.pid, flush=True)
signal.pause()
"""


def test_what_strays_is_ended_and_named(runtime: Runtime, tmp_path: Path) -> None:
    """A child in a session of its own does not outlive the process that we started."""
    runtime.start([python(tmp_path, "app", DAEMON, SLEEP, ready=ReadyLog("^child"))])
    child = child_of(runtime, "app")
    assert runtime.stop(["app"]) == ["app"]
    wait_until(lambda: is_gone(child), within=10, waiting_for="the child's end")
