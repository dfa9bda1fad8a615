"""sandbox.toml becomes frozen data, from wherever it lies."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.config.load import find, load_config
from sandbox.errors import ConfigError

if TYPE_CHECKING:
    from conftest import Project


def test_everything_that_is_written_is_in_the_config(project: Project) -> None:
    """Each part of the file is found again, in its type."""
    config = project.load()
    assert config.name == "shop"
    assert config.stream.topics["orders"].partitions == 2
    assert config.stream.topics["orders.dead_letter"].config == {"retention.ms": "1000"}
    assert config.object_store.buckets["models"].seed == Path("seeds/models")
    assert config.feature_server.tables["weather"].entity == ("origin",)
    assert config.feature_server.tables["weather"].ttl == 6 * 3600
    assert config.feature_server.services["score"] == ("weather:temp", "empty:anything")
    assert config.apps["web"].command == ("{python}", "-m", "my web")
    assert config.apps["worker"].consumes == {"orders": "worker"}
    ready = config.apps["web"].ready
    assert ready is not None
    assert (ready.http, ready.within) == ("/health", 5)


def test_the_config_is_frozen(project: Project) -> None:
    """Nobody changes what the user wrote."""
    with pytest.raises(FrozenInstanceError):
        project.load().name = "other"  # type: ignore[misc] # that is the claim


def test_an_empty_file_is_a_sandbox_of_defaults(tmp_path: Path) -> None:
    """Nothing must be written to have four empty services."""
    path = tmp_path / "sandbox.toml"
    path.touch()
    config = load_config(path, environ={})
    assert (config.name, config.path, config.apps) == ("sandbox", path, {})
    assert config.state_folder == tmp_path / ".sandbox/sandbox"


def test_the_nearest_file_above_is_found(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command works from any folder of the project."""
    deep = project.folder / "src/deep"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert load_config(environ={}).path == project.file
    (project.folder / "src/sandbox.toml").write_text('name = "nearer"')
    assert load_config(environ={}).name == "nearer"


def test_a_folder_of_that_name_is_no_file(project: Project) -> None:
    """A folder that is called sandbox.toml does not hide the file above."""
    (project.folder / "src/sandbox.toml").mkdir(parents=True)
    assert find(project.folder / "src") == project.file


def test_no_file_anywhere_says_what_to_do(tmp_path: Path) -> None:
    """Outside of every project, the error says how to name one."""
    with pytest.raises(ConfigError) as caught:
        find(tmp_path)
    assert caught.value.message == "there is no sandbox.toml here or above"
    assert caught.value.hint == (
        "go to a folder that has one, or name it with --file or SANDBOX_FILE"
    )


def test_a_missing_file_is_named(project: Project) -> None:
    """A path that leads nowhere is shown, with the file that was probably meant."""
    with pytest.raises(ConfigError) as caught:
        load_config(project.folder / "sandbx.toml", environ={})
    assert caught.value.message == "there is no such file"
    assert caught.value.hint == "did you mean 'sandbox.toml'?"


def test_a_folder_in_place_of_the_file_is_said(project: Project) -> None:
    """Who names the folder is told of the file."""
    with pytest.raises(ConfigError, match=r"this is a folder.*\n.*files in it: sandbox.toml"):
        load_config(project.folder, environ={})


def test_bad_toml_names_its_line(project: Project) -> None:
    """A syntax error is shown at its line."""
    error = project.complaint("partitions = 2", "partitions = two")
    assert str(error.where) == f"{project.file}:{project.line_of('partitions')}"
    assert error.message == "this is not valid TOML: Invalid value"


def test_reading_the_config_imports_nothing_heavy() -> None:
    """Every command reads the config first: it stays quick."""
    program = (
        "import sys, sandbox.config.load;"
        "print(*{'duckdb', 'pydantic', 'yaml', 'msgspec', 'dotenv', 'click', 'asyncio'}"
        " & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
