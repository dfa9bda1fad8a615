"""`sandbox doctor`: what this machine has and lacks."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from cli_project import TINY, refuses
from test_cli_wrong_files import SCENARIO

if TYPE_CHECKING:
    from cli_project import Project

LOOKS = ["Python", "packages", "loopback", "proxy", "state folder", "scenarios", "Docker"]


def findings(project: Project, *flags: str, code: int = 0) -> dict[str, dict[str, str]]:
    """Give what was found, by what was looked at."""
    done = project.run(*flags, "doctor", "--format", "json")
    assert done.returncode == code
    return {each["what"]: each for each in json.loads(done.stdout)}


def test_a_machine_that_has_all(project: Project) -> None:
    """A line for each thing with its verdict; nothing is started or written; exit code 0."""
    said = project.ok("doctor").splitlines()
    assert [line[2:].split("  ")[0] for line in said if line[0] in "✓·✗"] == LOOKS
    assert f"✓ Python        {sys.version.split()[0]}" in said[0]
    assert not project.state.exists()


def test_for_programs(project: Project) -> None:
    """In JSON, each finding has what, verdict, detail and hint."""
    found = findings(project)
    assert list(found) == LOOKS
    for each in found.values():
        assert set(each) == {"what", "verdict", "detail", "hint"}
        assert each["verdict"] in ("ok", "note", "wrong")


def test_what_is_wrong_ends_with_3(project: Project) -> None:
    """A state folder that cannot be written is wrong, and says what to do."""
    project.write("", "file")
    found = findings(project, "--state-dir", "file/below", code=3)["state folder"]
    assert found["verdict"] == "wrong"
    assert "--state-dir" in found["hint"]
    said = project.run("--state-dir", "file/below", "doctor").stdout
    assert "✗ state folder" in said
    assert "→ choose another with --state-dir" in said


def test_scenarios_are_read(project: Project) -> None:
    """A wrong scenario is found with its place."""
    project.write(SCENARIO, "scenarios/story.yaml")
    assert findings(project)["scenarios"]["detail"] == "1 can be played"
    project.write(SCENARIO.replace("topic: orders", "topic: ordrs"), "scenarios/story.yaml")
    found = findings(project, code=3)["scenarios"]
    assert f"{project.folder}/scenarios/story.yaml:4:steps[0].produce.topic" in found["detail"]


def test_a_proxy_is_noted(project: Project) -> None:
    """A proxy that apps would ask for loopback too is named."""
    environment = {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "", "no_proxy": ""}
    done = project.run("doctor", environment=environment)
    assert done.returncode == 0
    assert "· proxy         HTTP_PROXY is set" in done.stdout


def test_a_wrong_config(project: Project) -> None:
    """A config that is wrong is told as everywhere."""
    project.write(TINY + "[strem]\n")
    refuses(project.run("doctor"), 4, "unknown key 'strem'", hint="did you mean 'stream'?")
