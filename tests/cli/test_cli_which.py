"""Which sandbox is meant: flag over environment over .env over file over default."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli_project import Project

NAME_ENV = {"SANDBOX_NAME": "from_env"}
DIR_ENV = {"SANDBOX_STATE_DIR": "dir_of_env"}


def meant(project: Project, *flags: str, environment: dict[str, str] | None = None) -> list[str]:
    """Give the name and the state folder, below the project's, that a command would use."""
    found = json.loads(project.ok(*flags, "ps", "--format", "json", environment=environment))
    return [found["name"], found["state_dir"].removeprefix(f"{project.folder}/")]


def test_the_default(project: Project) -> None:
    """A file that says nothing gives a sandbox of a default name and folder."""
    project.write("")
    assert meant(project) == ["sandbox", ".sandbox/sandbox"]


def test_the_file(project: Project) -> None:
    """The file's own name and folder hold where nobody says more; also from a folder below."""
    assert meant(project) == ["tiny", ".sandbox"]
    below = project.folder / "a" / "b"
    below.mkdir(parents=True)
    found = json.loads(project.ok("ps", "--format", "json", cwd=below))
    assert found["state_dir"] == str(project.state)


@pytest.mark.parametrize(
    ("dotenv", "environment", "flags", "expected"),
    [
        ("SANDBOX_NAME=from_dotenv", {}, [], "from_dotenv"),
        ("SANDBOX_NAME=from_dotenv", NAME_ENV, [], "from_env"),
        ("SANDBOX_NAME=from_dotenv", NAME_ENV, ["--name", "from_flag"], "from_flag"),
        ("", NAME_ENV, ["--name", "from_flag"], "from_flag"),
        ("SANDBOX_NAME=from_dotenv", {"SANDBOX_NAME": ""}, [], "from_dotenv"),
    ],
)
def test_the_name(
    project: Project, dotenv: str, environment: dict[str, str], flags: list[str], expected: str
) -> None:
    """A stronger source's name holds, and such a sandbox has a folder of its own."""
    project.write(dotenv, ".env")
    assert meant(project, *flags, environment=environment) == [expected, f".sandbox/{expected}"]


@pytest.mark.parametrize(
    ("dotenv", "environment", "flags", "expected"),
    [
        ("SANDBOX_STATE_DIR=dir_of_dotenv", {}, [], "dir_of_dotenv"),
        ("SANDBOX_STATE_DIR=dir_of_dotenv", DIR_ENV, [], "dir_of_env"),
        ("SANDBOX_STATE_DIR=dir_of_dotenv", DIR_ENV, ["--state-dir", "flagged"], "flagged"),
        ("", DIR_ENV, ["--name", "other"], ".sandbox/other"),
        ("", {}, ["--name", "other", "--state-dir", "flagged"], "flagged"),
    ],
)
def test_the_folder(
    project: Project, dotenv: str, environment: dict[str, str], flags: list[str], expected: str
) -> None:
    """A stronger source's folder holds; one that was meant for another name does not."""
    project.write(dotenv, ".env")
    assert meant(project, *flags, environment=environment)[1] == expected


def test_two_files(project: Project) -> None:
    """`--file` over SANDBOX_FILE over the file of the folder; state lies beside the file."""
    project.write('name = "by_flag"\n', "x/flag.toml")
    project.write('name = "by_env"\n', "y/env.toml")
    environment = {"SANDBOX_FILE": "y/env.toml"}
    assert meant(project, environment=environment) == ["by_env", "y/.sandbox/by_env"]
    flags = ["--file", "x/flag.toml"]
    assert meant(project, *flags, environment=environment) == ["by_flag", "x/.sandbox/by_flag"]
