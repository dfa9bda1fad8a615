"""Commands on a sandbox that is not up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cli_project import refuses
from test_cli_wrong_files import SCENARIO

if TYPE_CHECKING:
    from cli_project import Project

NEED_IT = (["env"], ["run", "true"], ["seed"], ["reset"], ["replay"], ["sql", "SELECT 1"])


@pytest.mark.parametrize("arguments", NEED_IT, ids=lambda each: each[0])
def test_what_needs_a_sandbox_says_how_to_start_it(project: Project, arguments: list[str]) -> None:
    """What cannot work without a running sandbox ends with 3, says `sandbox up`, writes nothing."""
    project.write(SCENARIO, "scenarios/story.yaml")
    done = project.run(*arguments)
    refuses(done, 3, "the sandbox 'tiny' is not up", hint="start it: sandbox up")
    assert not project.state.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ps"], "the sandbox 'tiny' is not up; start it: sandbox up"),
        (["down"], "nothing is up"),
        (["logs"], "nothing was logged yet; start it: sandbox up"),
        (["logs", "stream"], "nothing was logged yet; start it: sandbox up"),
    ],
)
def test_what_can_do_without_says_so(project: Project, arguments: list[str], words: str) -> None:
    """To look, or to end nothing, is no mistake: 0, words for people, and nothing written."""
    done = project.run(*arguments)
    refuses(done, 0, words)
    assert not project.state.exists()


def test_ps_in_json_is_empty(project: Project) -> None:
    """For programs, a sandbox that is not up has no processes and is not seeded."""
    assert '"seeded": false, "unfinished": false, "processes": []' in project.ok(
        "ps", "--format", "json"
    )


def test_what_is_left_after_down_is_its_logs(project: Project) -> None:
    """After `down`, data is gone, logs can be read, and nothing is up."""
    project.ok("up")
    project.write("one line\n", ".sandbox/logs/stream.log")
    project.ok("down")
    assert list((project.state / "data").iterdir()) == []
    assert project.ok("logs", "stream") == "stream  one line\n"
    refuses(project.run("env"), 3, "is not up")
