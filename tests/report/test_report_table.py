"""Rows as a table of text."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.report.table import WIDEST, show, table


def test_numbers_stand_to_the_right_and_texts_to_the_left() -> None:
    """A column of numbers is set flush right, NULL among them; any other column flush left."""
    lines = table(["n", "word"], [[1, "a"], [None, "bcd"], [1000, ""]]).splitlines()
    assert lines == ["   n  word", "────  ────", "   1  a", "NULL  bcd", "1000"]


def test_truth_is_no_number() -> None:
    """A column of true and false is set as text."""
    assert table(["held"], [[True], [False]]).splitlines()[2:] == ["True", "False"]


def test_no_rows_leave_the_columns() -> None:
    """Without rows the names of the columns are shown, and a rule under them."""
    assert table(["flight", "n"], []) == "flight  n\n──────  ─"


def test_no_columns_are_nothing() -> None:
    """A statement that answers nothing makes an empty table."""
    assert table([], []).strip() == ""


def test_an_indent_is_before_every_line() -> None:
    """Each line is indented, and no line ends in blanks."""
    lines = table(["a", "b"], [["x", ""]], indent="    ").splitlines()
    assert all(line.startswith("    ") for line in lines)
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("part", ["value", "name"])
def test_long_words_are_cut(part: str) -> None:
    """A long value or a long name of a column is cut, with a sign that it was."""
    long = "x" * 500
    lines = table(*(([long], [["a"]]) if part == "name" else (["a"], [[long]]))).splitlines()
    assert max(map(len, lines)) == WIDEST
    assert any(line == "x" * (WIDEST - 1) + "…" for line in lines)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "NULL"),
        ("", ""),
        ("NULL", "NULL"),
        (0.1 + 0.2, "0.3"),
        (1234567.0, "1.23457e+06"),
        (12345678, "12345678"),
        (float("nan"), "nan"),
        ("two\nlines", "two⏎lines"),
        ("tab\there", "tab\\x09here"),
        ("\x1b[31mred\x1b[0m\r", "\\x1b[31mred\\x1b[0m\\x0d"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("Zürich ✓ 日本", "Zürich ✓ 日本"),
        ({"a": [1, None]}, "{'a': [1, None]}"),
    ],
)
def test_a_value_is_shown_on_one_line(value: Any, shown: str) -> None:
    """Nothing that is in a value moves the cursor or colours the terminal."""
    assert show(value) == shown
