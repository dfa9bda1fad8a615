"""A state folder that is not as it should be."""

from __future__ import annotations

import json
import re
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


SLEEPS = "[apps.web]\ncommand = \"sh -c 'sleep 1000 & sleep 1000'\"\n"


def test_a_state_that_was_removed(project: Project) -> None:
    """What runs is found by what it carries, where somebody removed the folder: by down and by up."""
    project.write(TINY + SLEEPS)
    for again in ("down", "up"):
        project.ok("up")
        before = {each.pid for each in project.left()}
        shutil.rmtree(project.state)
        said = project.run(again).stderr
        assert re.search(r"down: \d+ were left of it|ended \d+ that an earlier start left", said)
        assert not before & {each.pid for each in project.left()}
    project.ok("down")


def test_a_sandbox_toml_that_cannot_be_read_any_more(project: Project) -> None:
    """`down` ends what it started all the same, and says so; with nothing up it says what is wrong."""
    file = project.write('name = "tiny"\n' + SLEEPS)
    project.ok("up", "--no-apps")
    text = file.read_text()
    file.write_text(text + "x = = 1\n")
    done = project.run("down")
    refuses(done, 0, "this is not valid TOML", "ended all the same: tiny")
    assert project.left() == []
    refuses(project.run("down"), 4, "this is not valid TOML")


def test_a_sandbox_that_has_another_name_now(project: Project) -> None:
    """Where sandbox.toml was given another name, `down` names what of it is up."""
    file = project.write('name = "tiny"\n')
    project.ok("up")
    file.write_text('name = "small"\n')
    project.names |= {"tiny"}
    refuses(project.run("down"), 0, "nothing is up; but tiny: sandbox --name tiny down")


def test_a_sandbox_toml_that_was_changed(project: Project) -> None:
    """`up` says that what is up was started with another, and what takes up which change."""
    file = project.write(TINY)
    project.ok("up")
    assert "has changed" not in project.run("up").stderr
    file.write_text(TINY + "[stream.topics.more]\n")
    assert "sandbox.toml has changed since the start: sandbox reset" in project.run("up").stderr
