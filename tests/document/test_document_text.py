"""A file that cannot be read is named, with what to do about it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sandbox.document.text import read_text
from sandbox.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534


@contextmanager
def without_root() -> Iterator[None]:
    """Be a user whom permissions bind, even where the tests run as root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def complaint(path: Path) -> ConfigError:
    """Give the error that reading raises."""
    with pytest.raises(ConfigError) as caught:
        read_text(path, ConfigError)
    assert caught.value.where is not None
    assert caught.value.where.file == path
    return caught.value


def test_text_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    """Editors that write a byte order mark do no harm."""
    path = tmp_path / "a.toml"
    for content in ("ü = 1".encode(), "ü = 1".encode("utf-8-sig")):
        path.write_bytes(content)
        assert read_text(path, ConfigError) == "ü = 1"


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    """A typo in a file's name is answered with the file beside it."""
    (tmp_path / "sandbox.toml").touch()
    error = complaint(tmp_path / "sandbx.toml")
    assert (error.message, error.hint) == ("there is no such file", "did you mean 'sandbox.toml'?")


def test_a_missing_file_in_a_folder_without_its_like_says_so(tmp_path: Path) -> None:
    """Nothing is offered where no file has that ending."""
    (tmp_path / "notes.md").touch()
    error = complaint(tmp_path / "sandbox.toml")
    assert error.hint == f"nothing in {tmp_path} looks like one"


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    """Where the folder is missing too, the error says so."""
    error = complaint(tmp_path / "nowhere" / "sandbox.toml")
    assert error.hint == f"there is no folder {tmp_path / 'nowhere'} either"


def test_a_file_in_place_of_the_folder_is_no_such_file(tmp_path: Path) -> None:
    """A path that goes through a file leads nowhere."""
    (tmp_path / "file").touch()
    assert complaint(tmp_path / "file" / "sandbox.toml").message == "there is no such file"


def test_a_folder_in_place_of_the_file_lists_its_files(tmp_path: Path) -> None:
    """Who names the folder is told which files are in it."""
    (tmp_path / "sandbox.toml").touch()
    error = complaint(tmp_path)
    assert error.message == "this is a folder, and a file is wanted"
    assert error.hint == "files in it: sandbox.toml"


def test_a_file_that_may_not_be_read_says_why(tmp_path: Path) -> None:
    """Missing permission is said as such."""
    path = tmp_path / "sandbox.toml"
    path.touch(mode=0o000)
    with without_root():
        error = complaint(path)
    assert error.message == "cannot read the file: Permission denied"


def test_what_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    """The line of the first byte that is not UTF-8 is named."""
    path = tmp_path / "sandbox.toml"
    path.write_bytes(b"a = 1\nb = '\xfc'\n")
    error = complaint(path)
    assert error.message == "this is not UTF-8 text (byte 11)"
    assert str(error.where) == f"{path}:2"
