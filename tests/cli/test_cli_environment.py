"""`sandbox env` and `sandbox run`: the variables that apps find the sandbox by."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from cli_project import COMMAND, plain_environment, refuses

if TYPE_CHECKING:
    from cli_project import Project

REAL = {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "real", "MINE": "kept"}


def variables(project: Project) -> dict[str, str]:
    """Give what `sandbox env` says, as a program reads it."""
    return dict(json.loads(project.ok("env", "--format", "json")))


def test_the_contract(running: Project) -> None:
    """Every service's address is there, and which sandbox it is."""
    found = variables(running)
    status = running.status()
    for service, variable in {
        "object_store": "AWS_ENDPOINT_URL_S3",
        "stream": "KAFKA_BOOTSTRAP_SERVERS",
        "feature_server": "FEATURE_SERVER_URL",
        "model_server": "MODEL_SERVER_URL",
    }.items():
        assert found[variable] == status[service]["address"]
        assert status[service]["variable"] == variable
    assert found["SANDBOX_NAME"] == "tiny"
    assert found["SANDBOX_STATE_DIR"] == str(running.state)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_takes_them(running: Project, shell: str) -> None:
    """`eval "$(sandbox env)"` sets all of them, and takes a real profile out."""
    script = f'eval "$({COMMAND} env)" && env'
    done = subprocess.run(
        [shell, "-c", script],
        cwd=running.folder,
        env={**plain_environment(), **REAL},
        capture_output=True,
        text=True,
        check=True,
    )
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert variables(running).items() <= said.items()
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(said) == set()
    assert said["MINE"] == "kept"


def test_values_are_quoted(project: Project) -> None:
    """A folder with a space and a quote in its name survives the shell."""
    folder = project.folder / "it's a folder"
    folder.mkdir()
    (project.folder / "sandbox.toml").rename(folder / "sandbox.toml")
    try:
        project.ok("up", cwd=folder)
        script = f'eval "$({COMMAND} env)" && printf %s "$SANDBOX_STATE_DIR"'
        said = subprocess.check_output(
            ["sh", "-c", script], cwd=folder, env=plain_environment(), text=True
        )
        assert said == str(folder / ".sandbox")
    finally:
        project.ok("down", cwd=folder)


def test_run_passes_them(running: Project) -> None:
    """The command has the variables, and the user's own without real profiles."""
    said = running.ok("run", "--", "env", environment=REAL)
    found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    assert variables(running).items() <= found.items()
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(found) == set()
    assert found["MINE"] == "kept"


@pytest.mark.parametrize("code", [0, 1, 7])
def test_run_ends_as_the_command_ends(running: Project, code: int) -> None:
    """The command's exit code is the exit code."""
    assert running.run("run", "--", "sh", "-c", f"exit {code}").returncode == code


def test_run_hands_over_signals(running: Project) -> None:
    """The command takes the place of `sandbox`: what is sent to the one, the other gets."""
    script = "trap 'echo got it; exit 9' TERM; echo ready; while :; do read -r _; done"
    child = subprocess.Popen(
        [COMMAND, "run", "--", "sh", "-c", script],
        cwd=running.folder,
        env=plain_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGTERM)
    # Some shells look at signals only once a line was read, others end without one.
    with suppress(BrokenPipeError):
        child.stdin.write("\n")
        child.stdin.flush()
    assert child.stdout.readline() == "got it\n"
    with suppress(BrokenPipeError):
        child.stdin.close()
    child.stdout.close()
    assert child.wait(10) == 9


def test_run_ends_by_the_commands_signal(running: Project) -> None:
    """A command that is killed by a signal shows as such to who started it."""
    assert running.run("run", "--", "sh", "-c", "kill -KILL $$").returncode == -signal.SIGKILL


def test_run_leaves_broken_pipes_to_the_command(running: Project) -> None:
    """A command whose reader has gone ends in silence, as in any shell."""
    done = running.run("run", "--", "sh", "-c", "yes | head -1")
    assert (done.stdout, done.stderr) == ("y\n", "")


def test_run_takes_options_for_the_commands(running: Project) -> None:
    """From its first word on, everything belongs to the command, with and without dashes."""
    words = ("printf", "%s,", "--help", "-x", "--", "--format")
    for dashes in ((), ("--",)):
        assert running.ok("run", *dashes, *words) == "--help,-x,--,--format,"


def test_run_reads_standard_input(running: Project) -> None:
    """The command reads what `sandbox run` is given to read."""
    assert running.ok("run", "cat", input="three words here") == "three words here"


def test_run_of_what_is_no_command(running: Project) -> None:
    """A command that does not exist, or may not be run, is told."""
    hint = "is it installed, and on the PATH?"
    done = running.run("run", "no-such-program")
    refuses(done, 2, "cannot run 'no-such-program': No such file or directory", hint=hint)
    refuses(running.run("run", "/"), 2, "cannot run '/': Permission denied", hint=hint)


def test_a_command_within_finds_the_same_sandbox(running: Project, project: Project) -> None:
    """`sandbox run -- sandbox ps` means the sandbox that it runs in."""
    inner = running.ok("run", "--", str(COMMAND), "ps", "--format", "json")
    assert inner == running.ok("ps", "--format", "json")


def test_variables_of_one_project_in_another(running: Project, project: Project) -> None:
    """In a shell that has one sandbox's variables, another project's command touches nothing."""
    theirs = variables(running)
    words = "this folder holds another sandbox: 'tiny' of "
    for command in ("up", "down", "reset"):
        done = project.run(command, environment=theirs)
        refuses(done, 3, words, hint="choose another with --state-dir (are SANDBOX_NAME")
    assert {each["state"] for each in running.status().values()} == {"ready"}
