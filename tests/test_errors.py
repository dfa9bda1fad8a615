"""Errors say where, what, and what to do; the tree that is drawn is the tree that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox import errors
from sandbox.errors import ConfigError, SandboxError, Where, nearest

DRAWN = re.compile(r"^(?P<indent>[│├└─ ]*)(?P<name>\w+Error)(?:\s+(?P<code>\d))?", re.MULTILINE)


def every_kind(kind: type[SandboxError] = SandboxError) -> list[type[SandboxError]]:
    """List a kind of error and those below it, as far as the module defines them."""
    below = [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return [kind, *(deeper for each in below for deeper in every_kind(each))]


def test_the_drawn_tree_names_every_error_in_order() -> None:
    """The docstring's tree lists exactly the errors that the module defines, parents first."""
    drawn = [found["name"] for found in DRAWN.finditer(errors.__doc__ or "")]
    assert drawn == [kind.__name__ for kind in every_kind()]


def test_the_drawn_tree_shows_the_exit_codes() -> None:
    """Where the tree shows an exit code, the error ends with that code."""
    drawn = {
        found["name"]: int(found["code"])
        for found in DRAWN.finditer(errors.__doc__ or "")
        if found["code"]
    }
    assert len(drawn) == 4
    assert drawn == {name: getattr(errors, name).exit_code for name in drawn}


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Where(Path("a.toml")), "a.toml"),
        (Where(Path("a.toml"), 3), "a.toml:3"),
        (Where(Path("a.toml"), 3, "stream.port"), "a.toml:3:stream.port"),
        (Where(Path("a.toml"), None, "stream.port"), "a.toml:stream.port"),
    ],
)
def test_a_place_is_written_file_line_key(where: Where, text: str) -> None:
    """A place leaves out what is not known."""
    assert str(where) == text


def test_an_error_shows_place_message_and_hint() -> None:
    """The text of an error is the place and the message, and the hint on a line of its own."""
    error = ConfigError("no port", where=Where(Path("a.toml"), 3), hint="take it out")
    assert str(error) == "a.toml:3: no port\n  hint: take it out"
    assert (error.message, error.hint) == ("no port", "take it out")


def test_an_error_without_place_and_hint_is_its_message() -> None:
    """Nothing is shown of what is not known."""
    assert str(SandboxError("it broke")) == "it broke"


@pytest.mark.parametrize(
    ("word", "choices", "hint"),
    [
        ("departure", ["departures", "predictions"], "did you mean 'departures'?"),
        ("zzz", ["departures", "predictions"], "valid: departures, predictions"),
        ("zzz", [], "there are none"),
    ],
)
def test_nearest_names_what_was_probably_meant(word: str, choices: list[str], hint: str) -> None:
    """A typo gets its nearest name, and anything else the list."""
    assert nearest(word, choices) == hint
