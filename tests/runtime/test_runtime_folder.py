"""The state folder: where things are, who holds it, and what is said where it cannot be had."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from sandbox.clock import wait_until
from sandbox.errors import BusyError, EnvironmentFailedError
from sandbox.runtime.folder import StateFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Holds the lock until its input ends.
HOLD = """
import sys
from pathlib import Path
from sandbox.runtime.folder import StateFolder
with StateFolder(Path(sys.argv[1])).locked("up"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Give what starts another command that holds the sandbox."""
    holders: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        holders.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        return holder

    yield start
    for holder in holders:
        holder.kill()
        holder.communicate(timeout=30)


def test_makes_its_rooms(tmp_path: Path) -> None:
    """Making it makes all rooms, keeps it out of git, and does no harm twice."""
    folder = StateFolder(tmp_path / "a" / ".sandbox")
    folder.make()
    (folder.path / ".gitignore").write_text("mine\n")
    folder.make()
    assert (folder.path / ".gitignore").read_text() == "mine\n"
    for path in (folder.data("stream"), folder.log("app"), folder.calls("model_server")):
        assert path.parent.is_dir()
        assert path.is_relative_to(folder.path)
    assert StateFolder(tmp_path).events == tmp_path / "events.ndjson"


def test_what_is_not_ours_is_let_be(tmp_path: Path) -> None:
    """A folder that somebody else filled is refused, and nothing in it is changed."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/precious.txt").write_text("x")
    with pytest.raises(EnvironmentFailedError, match="holds files that no sandbox wrote"):
        StateFolder(tmp_path).make()
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("spoil", ["a file in its place", "below a file", "a file for a room"])
def test_what_cannot_be_written_is_told(tmp_path: Path, spoil: str) -> None:
    """A folder that cannot be made is an error that names it and says what to do."""
    path = tmp_path / "state"
    if spoil == "a file in its place":
        path.write_text("x")
    elif spoil == "below a file":
        path.write_text("x")
        path /= "deeper"
    else:
        StateFolder(path).make()
        (path / "logs").rmdir()
        (path / "logs").write_text("x")
    with pytest.raises(EnvironmentFailedError, match="cannot write the sandbox's state") as caught:
        StateFolder(path).make()
    assert caught.value.where is not None
    assert caught.value.where.file == path
    assert "--state-dir" in str(caught.value.hint)
    assert caught.value.exit_code == 3


def test_a_lock_that_cannot_be_opened_is_told(folder: StateFolder) -> None:
    """So is a folder that is there and may not be written."""
    (folder.path / "lock").mkdir()
    with (
        pytest.raises(EnvironmentFailedError, match="cannot write the sandbox's state"),
        folder.locked("up"),
    ):
        pytest.fail("it was locked")


def test_the_lock_is_waited_for(tmp_path: Path, hold: Callable[[], subprocess.Popen[str]]) -> None:
    """A second command is told who holds the sandbox, and goes on once that one is done."""
    holder = hold()
    told: list[str] = []

    def release() -> None:
        wait_until(lambda: told, within=20, waiting_for="the second to wait")
        assert holder.stdin is not None
        holder.stdin.close()
        holder.stdin = None

    release_when_told = threading.Thread(target=release)
    release_when_told.start()
    with StateFolder(tmp_path).locked("down", within=20, on_wait=told.append):
        assert holder.wait(20) == 0
    release_when_told.join(20)
    assert told == [f"sandbox up (process {holder.pid})"]


def test_waiting_has_an_end(tmp_path: Path, hold: Callable[[], subprocess.Popen[str]]) -> None:
    """A lock that is not given back in time is an error that names its holder."""
    holder = hold()
    with (
        pytest.raises(BusyError, match=rf"sandbox up \(process {holder.pid}\) has held") as caught,
        StateFolder(tmp_path).locked("reset", within=0.2),
    ):
        pytest.fail("two held it")
    assert caught.value.exit_code == 3


def test_a_killed_holder_leaves_no_lock(
    tmp_path: Path, hold: Callable[[], subprocess.Popen[str]]
) -> None:
    """The lock of a command that was killed is free at once."""
    holder = hold()
    holder.kill()
    holder.wait(20)
    waited: list[str] = []
    with StateFolder(tmp_path).locked("up", within=0, on_wait=waited.append):
        assert waited == []


def test_what_is_started_does_not_inherit_the_lock(tmp_path: Path) -> None:
    """A process that is started under the lock does not hold it on."""
    folder = StateFolder(tmp_path)
    with folder.locked("up"):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )
    with folder.locked("down", within=0):
        assert child.poll() is None
    child.communicate(timeout=20)


def test_one_at_a_time(tmp_path: Path) -> None:
    """Of many that want it at once each gets it alone, in the end."""
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with StateFolder(tmp_path).locked("up", within=30):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert most == [1] * 8
