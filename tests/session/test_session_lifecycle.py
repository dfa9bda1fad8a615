"""Up, reset, down: what each leaves behind, and what it leaves alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest
from minio import Minio

from sandbox import Session, load_config, temporary
from sandbox.clock import wait_until
from sandbox.errors import NotRunningError

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.config.definition import Config

FLIGHT = {
    "date": "2013-06-08",
    "scheduled_at": "2013-06-08T10:00:00Z",
    "departed_at": "2013-06-08T10:00:00Z",
    "carrier": "WN",
    "flight": 2269,
    "origin": "LGA",
    "dest": "STL",
    "tailnum": "N273WN",
    "distance": 888,
    "hour": 6,
    "dep_delay": 0,
}


def living(sandbox: Session) -> dict[str, int]:
    """Give the processes of a sandbox that are alive."""
    return {
        each.name: each.pid
        for each in sandbox.status().processes
        if each.pid is not None and psutil.pid_exists(each.pid)
    }


def died(sandbox: Session) -> set[str]:
    """Name the processes of a sandbox that ended unasked."""
    return {each.name for each in sandbox.status().processes if each.state == "died"}


def test_up_twice_is_harmless(reference: Config) -> None:
    """A second up changes nothing, and after down no process of it is left."""
    with temporary(reference, "twice") as sandbox:
        first = sandbox.up()
        assert first.up
        assert sandbox.up().processes == first.processes
        pids = set(living(sandbox).values())
        assert len(pids) == 6
        assert sandbox.down() == []
        assert not any(psutil.pid_exists(pid) for pid in pids)
        with pytest.raises(NotRunningError):
            sandbox.env()


def test_two_sandboxes_do_not_touch(reference: Config) -> None:
    """What is written to one is not in the other, and the end of one leaves the other up."""
    with temporary(reference, "left") as left:
        left.up()
        with temporary(reference, "right") as right:
            right.up()
            right.produce("departures", [FLIGHT])
            right.settle()
            count = "SELECT count(*) FROM stream.predictions"
            assert right.sql(count).rows == ((1,),)
            assert left.sql(count).rows == ((0,),)
            pids = list(living(right).values())
        assert not any(psutil.pid_exists(pid) for pid in pids)
        assert left.status().up


def test_up_revives_what_died(sandbox: Session) -> None:
    """A service that was killed comes back at its port with its data, and so does an app."""
    before = sandbox.status()
    sandbox.produce("departures", [FLIGHT])
    sandbox.settle()
    victims = {"stream", "archiver"}
    for name in victims:
        os.kill(living(sandbox)[name], signal.SIGKILL)
    wait_until(lambda: died(sandbox) == victims, within=10, waiting_for="both to be dead")

    after = sandbox.up()

    assert after.up
    assert [each.address for each in after.processes] == [each.address for each in before.processes]
    assert sandbox.sql("SELECT count(*) FROM stream.predictions").rows == ((1,),)


def test_reset_forgets_what_a_test_did(sandbox: Session) -> None:
    """Records, predictions, objects, calls and topics are gone; what was seeded is there."""
    seeded = sandbox.sql("SELECT key, etag FROM objects.models ORDER BY key")
    sandbox.produce("departures", [FLIGHT])
    sandbox.produce("undeclared", [{"a": 1}])
    sandbox.settle()
    put_object(sandbox, "archive", "left/behind.txt")
    put_object(sandbox, "models", "arrival_delay/1/manifest.json")

    sandbox.reset()

    counts = sandbox.sql("""
        SELECT (SELECT count(*) FROM stream.departures), (SELECT count(*) FROM stream.predictions),
               (SELECT count(*) FROM objects.archive),
               (SELECT count(*) FROM calls.model_server WHERE method = 'POST'),
               (SELECT count(*) FROM (SHOW ALL TABLES) WHERE name = 'undeclared')
    """)
    assert counts.rows == ((0, 0, 0, 0, 0),)
    assert sandbox.sql("SELECT key, etag FROM objects.models ORDER BY key") == seeded


def put_object(sandbox: Session, bucket: str, key: str) -> None:
    """Put an object as an app would."""
    env = sandbox.env()
    client = Minio(
        env["AWS_ENDPOINT_URL_S3"].removeprefix("http://"),
        access_key=env["AWS_ACCESS_KEY_ID"],
        secret_key=env["AWS_SECRET_ACCESS_KEY"],
        region=env["AWS_DEFAULT_REGION"],
        secure=False,
    )
    path = sandbox.live.folder.path / "scratch.txt"
    path.write_text("left behind")
    client.fput_object(bucket, key, str(path))


OWNER = """
import sys
from pathlib import Path
from sandbox import load_config, temporary

with temporary(load_config(Path(sys.argv[1])), "orphan") as sandbox:
    sandbox.up()
    print(*(each.pid for each in sandbox.status().processes), flush=True)
    sys.stdin.read()
"""


def test_a_reset_that_was_interrupted_is_finished_by_the_next(
    sandbox: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apps that a reset has stopped were not stopped by the user: the next reset starts them."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = set(sandbox.live.running_apps())
    with monkeypatch.context() as patched:
        patched.setattr("sandbox.fixtures.seed.restore", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sandbox.reset()
    assert sandbox.live.running_apps() == []
    assert sandbox.status().unfinished
    sandbox.reset()
    assert set(sandbox.live.running_apps()) == before
    assert not sandbox.status().unfinished


def test_a_killed_owner_is_cleaned_up_after(reference: Config) -> None:
    """What a killed test run leaves running is ended by the next one, and its folder removed."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(reference.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        pids = [int(each) for each in owner.stdout.readline().split()]
        assert len(pids) == 6
        owner.kill()

    with temporary(reference, "orphan"):
        wait_until(
            lambda: not any(map(psutil.pid_exists, pids)),
            within=10,
            waiting_for="what the killed owner left to end",
        )
    assert list(reference.state_folder.parent.glob(f"*/{reference.name}-orphan-*")) == []


def test_a_sandbox_of_a_like_name_is_let_be(tmp_path: Path) -> None:
    """Only folders that a temporary sandbox owned are cleaned up: no user's, however it is called."""
    (tmp_path / "sandbox.toml").write_text('name = "shop"\nstate_dir = "state"\n')
    (tmp_path / ".gitignore").write_text("mine\n")
    notes = tmp_path / "shop-demo-notes"
    notes.mkdir()
    with temporary(load_config(tmp_path / "sandbox.toml", environ={}), "demo"):
        assert notes.is_dir()
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_a_verb_after_down_says_so(reference: Config) -> None:
    """What was taken down from elsewhere is not started again by a verb that still thinks it is up."""
    with temporary(reference, "gone") as sandbox:
        sandbox.up(apps=False)
        Session(sandbox.config).down()
        for verb in (sandbox.reset, sandbox.env, sandbox.seed):
            with pytest.raises(NotRunningError):
                verb()
        assert living(sandbox) == {}
