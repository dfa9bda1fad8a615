"""`sandbox up`: twice, together, beside another, and where it cannot."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
from cli_project import TINY, refuses

from sandbox.clock import wait_until
from sandbox.endpoint import LOOPBACK

if TYPE_CHECKING:
    from cli_project import Project

SERVICES = {"object_store", "stream", "feature_server", "model_server"}

WAITING_APP = """
[apps.web]
command = "sh -c 'echo hello; exec sleep 1000'"
ready = { log = "^hello" }
"""


def test_up_says_what_it_does_and_where_it_listens(project: Project) -> None:
    """Progress goes to people on stderr, the table with each address to stdout; twice is harmless."""
    project.write(TINY + WAITING_APP)
    done = project.run("up")
    assert done.returncode == 0
    said = done.stderr.splitlines()
    assert said[0].startswith("· embedded: ")
    assert {f"· {name} ready" for name in SERVICES} == set(said[1:5])
    assert said[5:7] == ["· seeded", "· web ready"]
    assert said[7].startswith("· up in ")
    table = done.stdout.splitlines()
    assert table[0].split() == ["NAME", "KIND", "STATE", "PID", "VARIABLE", "ADDRESS"]
    assert [line.split()[:3] for line in table[-2:]] == [
        ["model_server", "service", "ready"],
        ["web", "app", "ready"],
    ]

    before = project.pids()
    project.ok("up")
    assert project.pids() == before
    assert {each["state"] for each in project.status().values()} == {"ready"}


def test_up_for_programs(project: Project) -> None:
    """In JSON, what is up is one document on stdout; progress stays on stderr."""
    done = project.run("up", "--format", "json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["seeded"]
    assert {each["name"] for each in found["processes"]} == SERVICES
    assert "· seeded" in done.stderr


def test_without_apps(project: Project) -> None:
    """`--no-apps` leaves the apps out; a later `up` starts them beside what runs."""
    project.write(TINY + WAITING_APP)
    project.ok("up", "--no-apps")
    before = project.pids()
    assert set(before) == SERVICES
    project.ok("up")
    after = project.pids()
    assert set(after) == {*SERVICES, "web"}
    assert before.items() <= after.items()


def test_two_at_once_start_one_sandbox(project: Project) -> None:
    """The second `up` waits for the first, and finds all of it running."""
    both = [project.begin("up"), project.begin("up")]
    assert [each.wait(60) for each in both] == [0, 0]
    ours = {each.pid for each in project.left()}
    assert set(project.pids().values()) <= ours
    assert len(ours) == len(SERVICES)


def test_two_sandboxes_of_one_file(project: Project) -> None:
    """Under two names there are two sandboxes: ports, data and end of each are its own."""
    project.write('[stream.topics.orders]\n[apps.w]\ncommand = "sleep 1000"\n')
    project.names |= {"other"}
    project.ok("up")
    project.ok("--name", "other", "up")
    one, other = project.status(), project.status("--name", "other")
    for key in ("pid", "address", "log"):
        named = [each[key] for each in [*one.values(), *other.values()] if each[key]]
        assert len(set(named)) == len(named)

    project.ok("down")
    refuses(project.run("env"), 3, "the sandbox 'sandbox' is not up")
    assert project.status("--name", "other") == other
    assert set(project.pids("--name", "other").values()) == {each.pid for each in project.left()}


@pytest.mark.parametrize("listening", [True, False], ids=["listening", "only bound"])
def test_a_pinned_port_that_is_taken(project: Project, *, listening: bool) -> None:
    """The port and who wanted it are named, the way out too, and nothing is left running."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        if listening:
            taken.listen()
        port = taken.getsockname()[1]
        project.write(TINY + f"[feature_server]\nport = {port}\n")
        refuses(
            project.run("up"),
            3,
            f"feature_server: port {port} is in use by another process",
            hint="end what listens there, or change the port of feature_server in sandbox.toml",
        )
    assert project.left() == []
    project.ok("up")
    assert project.status()["feature_server"]["address"].endswith(f":{port}")


def test_a_state_folder_that_cannot_be_written(project: Project) -> None:
    """A state folder below a file is told with its path and a way out, by every command."""
    project.write("", "file")
    flags = ["--state-dir", "file/below"]
    done = project.run(*flags, "up")
    refuses(
        done,
        3,
        f"{project.folder}/file/below: cannot write the sandbox's state: Not a directory",
        hint="choose another folder with --state-dir",
    )
    assert project.left() == []
    refuses(project.run(*flags, "down"), 0, "nothing is up")
    refuses(project.run(*flags, "env"), 3, "is not up")


DYING = {
    "with readiness": 'ready = { log = "^ready" }',
    "without": "",
    "on a port": "ready = { port = true }",
}


@pytest.mark.parametrize("ready", DYING)
def test_an_app_that_dies_at_once(project: Project, ready: str) -> None:
    """Its exit code and last words are told, the rest is ended, and its log stays."""
    app = "[apps.web]\ncommand = \"sh -c 'echo no such model; exit 7'\"\n"
    project.write(f"{TINY}{app}{DYING[ready]}\n")
    refuses(
        project.run("up"),
        3,
        "web ended with exit code 7 before it was ready:\n  | no such model\n",
        hint="its whole log: sandbox logs web",
    )
    assert project.left() == []
    assert project.ok("logs", "web") == "web  no such model\n"
    refuses(project.run("env"), 3, "is not up")


def test_an_app_that_is_never_ready(project: Project) -> None:
    """What was last seen of it is told after its time; exit code 5, and nothing is left running."""
    project.write(
        TINY
        + "[apps.web]\ncommand = \"sh -c 'echo loading; exec sleep 1000'\"\n"
        + 'ready = { log = "^ready", within = "300ms" }\n'
    )
    refuses(
        project.run("up"),
        5,
        "web was not ready within 0.3 s: no line of its log matches '^ready', "
        "the last one is 'loading'",
        hint="its log: sandbox logs web",
    )
    assert project.left() == []


def test_an_app_that_cannot_be_run(project: Project) -> None:
    """A command that does not exist is named."""
    project.write(TINY + '[apps.web]\ncommand = "no-such-program --port {port}"\n')
    refuses(project.run("up"), 3, "web: cannot run 'no-such-program'", hint="is it installed")
    assert project.left() == []


def test_a_service_that_was_killed(project: Project) -> None:
    """`ps` says that it died; `up` starts it on its port with its data, and touches nobody else."""
    project.write('[apps.web]\ncommand = "sleep 1000"\n' + TINY.partition("\n")[2])
    project.write(
        "claim: kept\nsteps: [{produce: {topic: orders, records: [{value: 1}]}}]\n"
        "expect: [{id: one, claim: one, value: SELECT count(*) FROM stream.orders, equals: 1}]\n",
        "scenarios/kept.yaml",
    )
    project.write(TINY + WAITING_APP)
    project.ok("up")
    project.ok("replay")
    before = project.status()
    for name in ("stream", "web"):
        project.kill(name)
    found = project.status()
    assert {name for name, each in found.items() if each["state"] == "died"} == {"stream", "web"}
    words = project.ok("ps").splitlines()
    assert [line.split()[2] for line in words if line.startswith(("stream", "web"))] == ["died"] * 2
    refuses(project.run("sql", "SELECT 1"), 3, "stream has died", hint="start it again")

    done = project.run("up")
    assert "starting again, with the data that they left: stream" in done.stderr
    after = project.status()
    assert {each["state"] for each in after.values()} == {"ready"}
    assert after["stream"]["address"] == before["stream"]["address"]
    changed = {name for name in after if after[name]["pid"] != before[name]["pid"]}
    assert changed == {"stream", "web"}
    assert '"n": 1' in project.ok(
        "sql", "SELECT count(*) AS n FROM stream.orders", "--format", "json"
    )


def test_up_that_was_killed(project: Project) -> None:
    """What a killed `up` left running is ended by the next one, which starts afresh."""
    begun = project.begin("up")
    state = project.state / "state.json"
    wait_until(
        lambda: state.exists() and '"pid": ' in state.read_text(), within=30, waiting_for="a start"
    )
    begun.kill()
    begun.wait(10)
    left = {each.pid for each in project.left()}
    assert left

    said = project.run("up").stderr
    assert "an earlier start was interrupted: cleaning up what it left" in said
    now = {each.pid for each in project.left()}
    assert now == set(project.pids().values())
    assert not now & left


def test_down_after_up_was_killed(project: Project) -> None:
    """`down` ends what a killed `up` left running, too; `ps` says how far it had come."""
    begun = project.begin("up")
    wait_until(lambda: "ready" in project.err.read_text(), within=30, waiting_for="a service")
    begun.kill()
    begun.wait(10)
    done = project.run("ps")
    assert done.returncode == 0
    assert "its start was not finished" in done.stderr
    project.ok("down")
    assert project.left() == []
