"""Flags win over the environment, that over .env, that over the file, that over defaults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.config.load import load_config
from sandbox.config.settings import Said, from_variables, settle
from sandbox.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from conftest import Project


def said(name: str | None = None, state_dir: str | None = None) -> Said:
    """Give what one source says."""
    return Said(source="test", name=name, state_dir=Path(state_dir) if state_dir else None)


@pytest.mark.parametrize(
    ("sources", "name", "state_dir"),
    [
        ([said("flag"), said("env"), said("file")], "flag", None),
        ([said(), said("env"), said("file")], "env", None),
        ([said(), said(), said("file")], "file", None),
        ([said(), said()], None, None),
        ([said("flag", "/flag"), said("file", "/file")], "flag", "/flag"),
        ([said(), said(None, "/env"), said("file", "/file")], "file", "/env"),
        ([said(), said(), said("file", "/file")], "file", "/file"),
        ([said(None, "/flag"), said("env", "/env")], "env", "/flag"),
        ([said("file"), said("file", "/file")], "file", "/file"),
    ],
)
def test_the_strongest_source_holds(
    sources: list[Said], name: str | None, state_dir: str | None
) -> None:
    """Name and state folder are each taken from the first source that says them."""
    assert settle(sources) == (name, Path(state_dir) if state_dir else None)


@pytest.mark.parametrize(
    "sources",
    [
        [said("other"), said("env", "/env"), said("file")],
        [said("other"), said(None, "/env"), said("file")],
        [said("other"), said(), said("file", "/file")],
        [said(), said("other"), said("file", "/file")],
    ],
)
def test_another_sandbox_does_not_share_a_state_folder(sources: list[Said]) -> None:
    """A state folder that was said for one sandbox is not taken by another that is named."""
    assert settle(sources) == ("other", None)


def test_empty_variables_say_nothing(tmp_path: Path) -> None:
    """SANDBOX_NAME= is as good as none."""
    variables = {"SANDBOX_NAME": "", "SANDBOX_STATE_DIR": ""}
    assert from_variables(variables, tmp_path, "test") == Said(source="test")


def test_a_state_folder_of_the_environment_is_relative_to_where_one_is(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A relative path means what a shell would mean by it; `~` is the home."""
    monkeypatch.chdir(tmp_path / "seeds")
    config = project.load(environ={"SANDBOX_STATE_DIR": "state"})
    assert config.state_folder == tmp_path / "seeds/state"
    monkeypatch.setenv("HOME", "/home/of/mine")
    config = project.load(environ={"SANDBOX_STATE_DIR": "~/state"})
    assert config.state_folder == Path("/home/of/mine/state")


def test_flags_win_over_the_environment(project: Project) -> None:
    """What was typed last is what is meant."""
    variables = {"SANDBOX_NAME": "env", "SANDBOX_STATE_DIR": "/env"}
    assert project.load(environ=variables).name == "env"
    assert project.load(environ=variables).state_folder == Path("/env")
    config = project.load(environ=variables, name="flag", state_dir=Path("/flag"))
    assert (config.name, config.state_folder) == ("flag", Path("/flag"))


def test_dotenv_wins_over_the_file_and_yields_to_the_environment(project: Project) -> None:
    """.env beside sandbox.toml is read as the same variables; other lines in it are let be."""
    (project.folder / ".env").write_text(
        "# mine\nexport SANDBOX_NAME='dotenv' # here\nSANDBOX_STATE_DIR=state\nOTHER=$x\n"
    )
    config = project.load()
    assert (config.name, config.state_folder) == ("dotenv", project.folder / "state")
    assert project.load(environ={"SANDBOX_NAME": "env"}).name == "env"


def test_a_folder_called_dotenv_is_let_be(project: Project) -> None:
    """Some call their virtual environment .env."""
    (project.folder / ".env").mkdir()
    assert project.load().name == "shop"


def test_the_file_may_be_named_by_the_environment(project: Project) -> None:
    """SANDBOX_FILE stands in for the flag."""
    assert load_config(environ={"SANDBOX_FILE": str(project.file)}).path == project.file


@pytest.mark.parametrize("name", ["", "a b", "../up", ".hidden", "ü", "x" * 64])
def test_a_name_that_cannot_be_a_folder_is_refused_where_it_was_said(
    project: Project, name: str
) -> None:
    """The error says which source named the sandbox so."""
    with pytest.raises(UsageError, match=r"\(--name\) cannot be the name of a sandbox"):
        project.load(name=name)
    error = project.complaint('name = "shop"', f'name = "{name}"')
    assert isinstance(error, ConfigError)
    assert str(error.where) == f"{project.file}:1:name"


def test_a_wrong_name_in_a_variable_or_dotenv_is_told_apart(project: Project) -> None:
    """A variable is a matter of usage; .env is a file of the user's."""
    with pytest.raises(UsageError, match=r"\(SANDBOX_NAME\)"):
        project.load(environ={"SANDBOX_NAME": "a b"})
    (project.folder / ".env").write_text("SANDBOX_NAME='a b'")
    with pytest.raises(ConfigError, match=r"\(SANDBOX_NAME in .*\.env\)"):
        project.load()
