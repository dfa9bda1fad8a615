"""A small project in a folder of its own, and the command `sandbox` as users run it there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = Path(sys.executable).with_name("sandbox")

TINY = """\
name = "tiny"
state_dir = ".sandbox"

[stream.topics.orders]

[object_store.buckets.archive]
"""

# What would change how the command answers, and is the tester's own.
FOREIGN = ("SANDBOX_", "AWS_", "PYTEST_")
FOREIGN_NAMES = ("NO_COLOR", "CI", "PYTHONUNBUFFERED", "PYTHONIOENCODING")


def plain_environment() -> dict[str, str]:
    """Give this process's environment, less what would change how the command answers."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN) and name not in FOREIGN_NAMES
    }


def _as_in_a_terminal() -> None:
    """Let Ctrl-C be heard, also where the tests run in the background of a shell."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass
class Project:
    """A folder with a sandbox.toml."""

    folder: Path
    names: set[str] = field(default_factory=set)

    def write(self, toml: str, name: str = "sandbox.toml") -> Path:
        """Write a file of the project, and give its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(toml)
        return path

    @property
    def state(self) -> Path:
        """The state folder that TINY names."""
        return self.folder / ".sandbox"

    def run(
        self,
        *arguments: str | Path,
        environment: Mapping[str, str] | None = None,
        **how: Any,
    ) -> subprocess.CompletedProcess[str]:
        """Run `sandbox ARGUMENTS` to its end; `environment` comes on top of a plain one."""
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **how}
        return subprocess.run(
            [COMMAND, *arguments],
            cwd=how.pop("cwd", self.folder),
            env={**plain_environment(), **(environment or {})},
            timeout=60,
            check=False,
            **how,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin `sandbox ARGUMENTS`; its words go to begun.out and begun.err."""
        with (self.folder / "begun.out").open("w") as out, self.err.open("w") as err:
            return subprocess.Popen(
                [COMMAND, *arguments],
                cwd=self.folder,
                env=plain_environment(),
                stdout=out,
                stderr=err,
                preexec_fn=_as_in_a_terminal,  # noqa: PLW1509 - no threads in these tests
            )

    @property
    def err(self) -> Path:
        """What a command that was begun tells people."""
        return self.folder / "begun.err"

    def ok(self, *arguments: str | Path, **how: Any) -> str:
        """Run to a good end, and give what it printed."""
        done = self.run(*arguments, **how)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def status(self, *flags: str) -> dict[str, Any]:
        """Give each process by name, as `ps` tells."""
        found = json.loads(self.ok(*flags, "ps", "--format", "json"))
        return {each["name"]: each for each in found["processes"]}

    def pids(self, *flags: str) -> dict[str, int]:
        """Give each process's id by name."""
        return {name: each["pid"] for name, each in self.status(*flags).items()}

    def kill(self, name: str) -> None:
        """SIGKILL a service or an app behind the sandbox's back."""
        process = psutil.Process(self.pids()[name])
        process.kill()
        wait_until(lambda: not _is_alive(process), within=10, waiting_for=f"the end of {name}")

    def left(self) -> list[psutil.Process]:
        """List the processes that work for a sandbox in this folder."""
        return [each for each in psutil.process_iter() if self._is_ours(each)]

    def _is_ours(self, process: psutil.Process) -> bool:
        if process.pid == os.getpid() or not _is_alive(process):
            return False
        try:
            said = [process.cwd(), *process.cmdline(), *process.environ().values()]
        except psutil.Error:
            return False
        return any(str(self.folder) in each for each in said)

    def end(self) -> None:
        """Take down what is up; raises AssertionError where a process survives that."""
        if any(self.folder.rglob("state.json")):
            self.run("down")
            for name in self.names:
                self.run("--name", name, "down")
        left = self.left()
        said = [(each.pid, each.cmdline()) for each in left]
        for each in left:
            each.kill()
        assert said == []


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def refuses(
    done: subprocess.CompletedProcess[str], code: int, *words: str, hint: str | None = None
) -> None:
    """Assert that a command ended with `code`, printed nothing, and said `words` in plain text."""
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr
    if hint is not None:
        assert f"hint: {hint}" in done.stderr
