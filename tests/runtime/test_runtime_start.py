"""Starting: in order, until each is ready, and with a plain word where one is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from runtime_apps import SLEEP, announcing, listening, python

from sandbox.errors import DeadlineError, PortTakenError, ServiceFailedError, UsageError
from sandbox.runtime import record
from sandbox.runtime.spec import (
    PORT,
    ProcessSpec,
    Readiness,
    ReadyHttp,
    ReadyLog,
    ReadyOnceRunning,
    ReadyPipe,
    ReadyPort,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.runtime.runtime import Runtime


def test_ready_by_pipe(runtime: Runtime, tmp_path: Path) -> None:
    """A process that announces itself is ready with the ports that it names."""
    runtime.start([announcing(tmp_path, "stream")])
    known = runtime.record.processes["stream"]
    assert (known.phase, known.port, known.control_port) == ("ready", 4711, 4712)
    assert runtime.is_ready("stream")


@pytest.mark.parametrize("ready", [ReadyHttp("/ready"), ReadyPort()])
def test_ready_by_port(runtime: Runtime, tmp_path: Path, port: int, ready: Readiness) -> None:
    """A process that answers on its port is ready."""
    runtime.start([listening(tmp_path, "app", port, ready=ready)])
    known = runtime.record.processes["app"]
    assert (runtime.is_ready("app"), known.port, known.control_port) == (True, port, None)


def test_ready_by_log(runtime: Runtime, tmp_path: Path) -> None:
    """A process is ready once a line of this run's log matches, not one of an earlier run."""
    code = "import signal, sys; print('serving', sys.argv[1], flush=True); signal.pause()"
    runtime.start([python(tmp_path, "app", code, "on 1", ready=ReadyLog(r"serving on \d$"))])
    runtime.stop(["app"])
    with pytest.raises(DeadlineError, match="no line of its log matches 'serving on"):
        runtime.start(
            [python(tmp_path, "app", code, "x", ready=ReadyLog(r"serving on \d$"), within=0.5)]
        )


def test_ready_once_running(runtime: Runtime, tmp_path: Path) -> None:
    """A process of which nothing is asked is ready when it runs."""
    runtime.start([python(tmp_path, "app", SLEEP)])
    assert runtime.is_ready("app")


def test_closing_the_pipe_is_no_death(runtime: Runtime, tmp_path: Path, port: int) -> None:
    """A process that closes what it inherited is waited for all the same."""
    close = "import os; os.closerange(3, 100)\n"
    spec = listening(tmp_path, "app", port, ready=ReadyPort())
    code = close + spec.command[2]
    runtime.start([python(tmp_path, "app", code, PORT, port=port, ready=ReadyPort())])
    assert runtime.is_ready("app")


def test_starts_in_order(runtime: Runtime, tmp_path: Path) -> None:
    """Each starts after those that it names are ready; those that are not started do not count."""
    log = tmp_path / "order"
    code = (
        "import os, sys, signal\n"
        "open(sys.argv[1], 'a').write(sys.argv[2] + '\\n')\n"
        "print('up', flush=True)\n"
        "signal.pause()"
    )

    def app(name: str, *after: str) -> ProcessSpec:
        return python(tmp_path, name, code, str(log), name, ready=ReadyLog("up"), after=after)

    told: list[str] = []
    runtime.start(
        [app("last", "middle", "first"), app("middle", "first", "elsewhere"), app("first")],
        on_ready=told.append,
    )
    assert log.read_text().split() == ["first", "middle", "last"]
    assert told == ["first", "middle", "last"]


def test_waiting_for_each_other_is_refused(runtime: Runtime, tmp_path: Path) -> None:
    """A circle is an error, and nothing that stands in it is started."""
    specs = [
        python(tmp_path, "a", SLEEP, after=("b",)),
        python(tmp_path, "b", SLEEP, after=("a",)),
    ]
    with pytest.raises(UsageError, match="wait for each other: a, b"):
        runtime.start(specs)
    assert runtime.record.processes == {}


def test_side_by_side(runtime: Runtime, tmp_path: Path) -> None:
    """Processes that do not name each other are started at once: each may wait for the other."""
    meet = (
        "import os, signal, sys, threading\n"
        "mine, other = sys.argv[1:]\n"
        "open(mine, 'w').close()\n"
        "while not os.path.exists(other): threading.Event().wait(0.01)\n"
        "print('met', flush=True); signal.pause()"
    )
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    runtime.start(
        [
            python(tmp_path, "one", meet, a, b, ready=ReadyLog("met")),
            python(tmp_path, "two", meet, b, a, ready=ReadyLog("met")),
        ]
    )


def test_numbers_are_filled_in(runtime: Runtime, tmp_path: Path, port: int) -> None:
    """PORT stands for the number in the command and the environment, where it is a whole word."""
    code = (
        "import os, sys; print(sys.argv[1:], os.environ['LISTEN'], os.environ['URL'], flush=True)"
        "; import signal; signal.pause()"
    )
    spec = python(
        tmp_path,
        "app",
        code,
        PORT,
        "x{port}",
        port=port,
        environment={**os.environ, "LISTEN": PORT, "URL": "u{port}"},
        ready=ReadyLog(rf"^\['{port}', 'x\{{port\}}'\] {port} u\{{port\}}$"),
    )
    runtime.start([spec])


def test_only_its_environment(runtime: Runtime, tmp_path: Path) -> None:
    """A process has the environment that its spec gives, its folder, no input, and a token."""
    code = (
        "import os, sys\n"
        "names = sorted(set(os.environ) - {'LC_CTYPE', '__CF_USER_TEXT_ENCODING'})\n"
        "print(names, os.getcwd(), sys.stdin.read() == '', flush=True)\n"
        "import signal; signal.pause()"
    )
    words = rf"^\['ONLY', 'SANDBOX_PROCESS', 'SANDBOX_STATE_DIR'\] {tmp_path.resolve()} True$"
    spec = python(tmp_path, "app", code, environment={"ONLY": "1"}, ready=ReadyLog(words))
    runtime.start([spec])


@pytest.mark.parametrize("ready", [ReadyPipe(), ReadyLog("never"), ReadyHttp("/")])
def test_a_child_that_dies_is_told(
    runtime: Runtime, tmp_path: Path, port: int, ready: Readiness
) -> None:
    """A child that dies before it is ready is an error at once: how it ended, its last lines."""
    code = "for n in range(20): print('line', n)\nraise SystemExit(7)"
    with pytest.raises(ServiceFailedError) as caught:
        runtime.start([python(tmp_path, "app", code, port=port, ready=ready, within=60)])
    said = caught.value.message.splitlines()
    assert said[0] == "app ended with exit code 7 before it was ready:"
    assert said[1:] == [f"  | line {n}" for n in range(12, 20)]
    assert caught.value.hint == "its whole log: sandbox logs app"
    assert not runtime.is_alive("app")


def test_a_child_that_is_killed_is_told(runtime: Runtime, tmp_path: Path) -> None:
    """A child that a signal ended says which one."""
    code = "import os; os.kill(os.getpid(), 9)"
    with pytest.raises(ServiceFailedError, match=r"^app ended by SIGKILL before it was ready"):
        runtime.start([python(tmp_path, "app", code, ready=ReadyLog("x"))])


def test_only_this_run_is_quoted(runtime: Runtime, tmp_path: Path) -> None:
    """The lines that an error quotes are those of this run; the log keeps the earlier ones."""
    for word in ("first", "second"):
        with pytest.raises(ServiceFailedError) as caught:
            runtime.start(
                [python(tmp_path, "app", f"raise SystemExit({word!r})", ready=ReadyPipe())]
            )
        assert caught.value.message.splitlines()[1:] == [f"  | {word}"]
    assert runtime.folder.log("app").read_text() == "first\nsecond\n"


@pytest.mark.parametrize(
    ("ready", "seen"),
    [
        (ReadyPipe(), "it has not announced itself"),
        (ReadyPort(), "nobody listens on port"),
        (ReadyHttp("/x"), "GET /x: .*refused"),
        (ReadyLog("up"), "matches 'up', the last one is 'nearly'"),
    ],
)
def test_not_ready_in_time_is_told(
    runtime: Runtime, tmp_path: Path, port: int, ready: Readiness, seen: str
) -> None:
    """A process that is not ready in time is an error that says what was last seen."""
    code = "import signal; print('nearly', flush=True); signal.pause()"
    spec = python(tmp_path, "app", code, port=port, ready=ready, within=1.0)
    with pytest.raises(DeadlineError, match=f"^app was not ready within 1 s: .*{seen}"):
        runtime.start([spec])
    assert runtime.record.processes["app"].phase == "starting"
    assert runtime.is_alive("app")
    assert not runtime.is_ready("app")


def test_the_wrong_answer_is_told(runtime: Runtime, tmp_path: Path, port: int) -> None:
    """A server that answers, but not with 200, is not ready, and the error says so."""
    spec = listening(tmp_path, "app", port, ready=ReadyHttp("/nowhere"), within=1.0)
    with pytest.raises(DeadlineError, match="GET /nowhere answered 404"):
        runtime.start([spec])


@pytest.mark.parametrize(
    ("pinned", "hint"),
    [(True, "change the port of app in sandbox.toml"), (False, "sandbox down")],
)
def test_a_taken_port_is_told(
    runtime: Runtime,
    tmp_path: Path,
    taken_port: int,
    pinned: bool,  # noqa: FBT001 - a column
    hint: str,
) -> None:
    """A port that is in use is an error before anything is started, with what to do."""
    with pytest.raises(PortTakenError, match=f"app: port {taken_port} is in use") as caught:
        runtime.start([listening(tmp_path, "app", taken_port, ready=ReadyPort(), pinned=pinned)])
    assert hint in str(caught.value.hint)
    assert runtime.record.processes == {}


@pytest.mark.parametrize("what", ["command", "directory", "program"])
def test_what_cannot_run_is_told(runtime: Runtime, tmp_path: Path, what: str) -> None:
    """A command, a folder or a right to run that is not there is named; nothing is remembered."""
    spec = python(tmp_path, "app", SLEEP)
    no_program = tmp_path / "program"
    no_program.write_text("x")
    changed = {
        "command": {"command": ("no-such-command", "x")},
        "directory": {"directory": tmp_path / "nowhere"},
        "program": {"command": (str(no_program),)},
    }[what]
    spec = python(tmp_path, "app", SLEEP, **changed)
    named = {
        "command": "cannot run 'no-such-command': No such file or directory",
        "directory": f"No such file or directory: {tmp_path / 'nowhere'}",
        "program": f"cannot run '{no_program}': Permission denied",
    }[what]
    with pytest.raises(ServiceFailedError) as caught:
        runtime.start([spec])
    assert named in caught.value.message
    assert "app" not in runtime.record.processes


def test_a_log_that_cannot_be_written_is_told(runtime: Runtime, tmp_path: Path) -> None:
    """A log that cannot be opened is an error that names it."""
    runtime.folder.log("app").mkdir()
    with pytest.raises(ServiceFailedError, match=r"Is a directory: .*app\.log"):
        runtime.start([python(tmp_path, "app", SLEEP)])


def test_one_that_fails_leaves_the_others_known(runtime: Runtime, tmp_path: Path) -> None:
    """When one fails the others are not forgotten: what was started can be ended."""
    specs = [
        python(tmp_path, "good", SLEEP, ready=ReadyLog("never")),
        python(tmp_path, "bad", "raise SystemExit(1)", ready=ReadyLog("never")),
    ]
    with pytest.raises(ServiceFailedError, match=r"^bad ended with exit code 1"):
        runtime.start(specs)
    assert runtime.is_alive("good")
    again = record.load(runtime.folder.path)
    assert again == runtime.record
    assert runtime.stop(["good", "bad"]) == []
    assert not runtime.is_alive("good")


def test_recorded_before_it_runs(runtime: Runtime, tmp_path: Path) -> None:
    """A process finds itself in state.json, as starting, with the token that it carries."""
    code = (
        "import json, os, sys\n"
        "me = json.load(open(sys.argv[1]))['processes']['app']\n"
        "print(me['phase'], me['token'] == os.environ['SANDBOX_PROCESS'], flush=True)\n"
        "import signal; signal.pause()"
    )
    state = runtime.folder.path / "state.json"
    runtime.start([python(tmp_path, "app", code, str(state), ready=ReadyLog("^starting True$"))])
    known = runtime.record.processes["app"]
    assert known.pid is not None
    assert record.load(runtime.folder.path) == runtime.record


def test_another_command_finds_it(runtime: Runtime, tmp_path: Path) -> None:
    """A runtime made from what was recorded knows the processes, and can end them."""
    runtime.start([python(tmp_path, "app", SLEEP, ready=ReadyOnceRunning())])
    again = record.load(runtime.folder.path)
    assert again is not None
    other = type(runtime)(runtime.folder, again)
    assert other.is_ready("app")
    assert other.stop(["app"]) == []
    assert not runtime.is_alive("app")
