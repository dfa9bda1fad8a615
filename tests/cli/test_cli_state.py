"""A state folder that is not as it should be."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from cli_project import TINY, refuses

from sandbox.runtime.folder import StateFolder

if TYPE_CHECKING:
    from cli_project import Project

BROKEN = {
    "torn": ('{"version": 1, "name": "ti', "the state of this sandbox cannot be read"),
    "empty": ("", "the state of this sandbox cannot be read"),
    "a list": ("[]", "the state of this sandbox cannot be read"),
    "no processes": ('{"version": 1}', "the state of this sandbox cannot be read"),
    "strange processes": (
        '{"version": 1, "name": "tiny", "config": "x", "processes": {"web": 1}}',
        "the state of this sandbox cannot be read",
    ),
    "of another version": (
        '{"version": 99, "name": "tiny", "processes": {}}',
        "it was written by another version of sandbox",
    ),
    "no text": ("\x00\x01", "the state of this sandbox cannot be read"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_state_that_cannot_be_read(project: Project, broken: str) -> None:
    """Every command says which file it is and what to do; the file is left as it is."""
    content, words = BROKEN[broken]
    StateFolder(project.folder / ".sandbox").make()
    state = project.write(content, ".sandbox/state.json")
    for command in ("up", "ps", "env"):
        done = project.run(command)
        refuses(done, 3, f"{state}: ", words, hint="end what runs there and begin anew")
    assert state.read_text() == content
    refuses(project.run("down"), 0, words, "ending whatever works there", "down")
    refuses(project.run("down"), 0, "nothing is up")


def test_down_without_a_memory(project: Project) -> None:
    """`down` ends every process of a sandbox whose state was lost, and none of another."""
    app = "[apps.web]\ncommand = \"sh -c 'sleep 1000 & sleep 1000'\"\n"
    project.write(TINY + app)
    project.names |= {"other"}
    project.ok("up")
    project.ok("--name", "other", "up", environment={"SANDBOX_STATE_DIR": str(project.state)})
    others = project.status("--name", "other")
    project.write("torn", ".sandbox/state.json")
    project.ok("down")
    assert project.status("--name", "other") == others
    assert {each["state"] for each in others.values()} == {"ready"}
    project.ok("--name", "other", "down")
    assert project.left() == []


def test_a_copy_of_a_project_that_is_up(project: Project) -> None:
    """A copied state folder is not taken for one's own: the original goes on."""
    here = project.folder / "here"
    here.mkdir()
    (project.folder / "sandbox.toml").rename(here / "sandbox.toml")
    project.ok("up", cwd=here)
    there = project.folder / "there"
    shutil.copytree(here, there, ignore=shutil.ignore_patterns("data"))
    try:
        done = project.run("down", cwd=there)
        words = (
            f"{there}/.sandbox: this folder holds another sandbox: 'tiny' of {here}/sandbox.toml"
        )
        refuses(done, 3, words, hint="choose another with --state-dir")
        found = json.loads(project.ok("ps", "--format", "json", cwd=here))
        assert {each["state"] for each in found["processes"]} == {"ready"}
        shutil.rmtree(there / ".sandbox")
        refuses(project.run("down", cwd=there), 0, "nothing is up")
    finally:
        project.ok("down", cwd=here)
        shutil.rmtree(here)
        shutil.rmtree(there)


def test_a_state_folder_of_two_names(project: Project) -> None:
    """One state folder never holds two sandboxes."""
    project.write(TINY)
    project.ok("up")
    done = project.run("--name", "other", "--state-dir", str(project.state), "up")
    refuses(done, 3, "this folder holds another sandbox: 'tiny'")


def test_a_link_to_the_same_file(project: Project) -> None:
    """The same file by another path means the same sandbox."""
    project.ok("up")
    link = project.folder.with_name(f"{project.folder.name}-link")
    link.symlink_to(project.folder)
    try:
        assert len(json.loads(project.ok("ps", "--format", "json", cwd=link))["processes"]) == 4
    finally:
        link.unlink()
