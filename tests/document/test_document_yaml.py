"""YAML is read as plain values, with the line of every key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.document.from_yaml import read_yaml
from sandbox.errors import ScenarioError

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.document import Document


def read(folder: Path, text: str) -> Document:
    """Write a text to a file and read it."""
    path = folder / "a.yaml"
    path.write_text(text)
    return read_yaml(path, ScenarioError)


def complaint(folder: Path, text: str) -> ScenarioError:
    """Give the error that reading raises."""
    with pytest.raises(ScenarioError) as caught:
        read(folder, text)
    assert caught.value.where is not None
    assert caught.value.where.file == folder / "a.yaml"
    return caught.value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("-20", -20),
        ("0", 0),
        ("1.5", 1.5),
        ("-1e3", -1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("text", "text"),
        ('"1"', "1"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("off", "off"),
        ("010", "010"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".nan", ".nan"),
        ("2013-06-08", "2013-06-08"),
        ("2013-06-08T14:00:00Z", "2013-06-08T14:00:00Z"),
        ("=", "="),
        ("!!str 1", "1"),
        ("[1, {a: b}]", [1, {"a": "b"}]),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalars_mean_what_json_means_and_else_they_are_text(
    tmp_path: Path, written: str, value: Any
) -> None:
    """Nothing is read into a value that a record or a claim may hold."""
    found = read(tmp_path, f"key: {written}").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_names_of_keys_are_texts_as_they_are_written(tmp_path: Path) -> None:
    """A key that looks like a number, a date or nothing is a text like any other."""
    assert read(tmp_path, "1: a\nnull: b\n2013-06-08: c\ntrue: d").data == {
        "1": "a",
        "null": "b",
        "2013-06-08": "c",
        "true": "d",
    }


def test_each_key_has_the_line_it_stands_on(tmp_path: Path) -> None:
    """Keys, values of lists, and what stands on one line are located."""
    lines = read(tmp_path, "a: 1\nb:\n  - c: 2\n    d: [3,\n      4]\n  -\n    e:\n      5\n").lines
    assert lines == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 0, "c"): 3,
        ("b", 0, "d"): 4,
        ("b", 0, "d", 0): 4,
        ("b", 0, "d", 1): 5,
        ("b", 1): 7,
        ("b", 1, "e"): 7,
    }


def test_aliases_and_merges_are_followed(tmp_path: Path) -> None:
    """An anchor may be used again, and merged under keys of one's own, which win."""
    document = read(
        tmp_path,
        "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\n"
        "same: *base\nown:\n  a: 9\n  <<: [*base, *more]\ntwice: {<<: *base, a: 8}\n",
    )
    assert document.data["same"] == {"a": 1, "b": 2}
    assert document.data["own"] == {"a": 9, "b": 2, "c": 4}
    assert document.data["twice"] == {"a": 8, "b": 2}
    assert document.lines[("own", "a")] == 5
    assert document.lines[("own", "c")] == 2


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "this is not valid YAML: "),
        ("a: 1\nb: c: d\n", 2, "this is not valid YAML: mapping values are not allowed"),
        ("a: 1\n\tb: 2\n", 2, "this is not valid YAML: found "),
        ("a: 'x\n", 2, "this is not valid YAML: found unexpected end of stream"),
        ("a: *nobody\n", 1, "this is not valid YAML: found undefined alias"),
        ("a: 1\n---\nb: 2\n", 2, "this is not valid YAML: but found another document"),
        ("a: 1\nb: x\x01\n", 2, "this is not valid YAML: "),
        ("a:\n  b: 1\n  b: 2\n", 3, "the key 'b' stands here twice"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key is a text, not a table or a list"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "values of the kind !!python/object:os.sy"),
        ("a: 1\nb: !!timestamp 2013-06-08\n", 2, "values of the kind !!timestamp cannot"),
        ("a: 1\nb: !mine x\n", 2, "values of the kind !mine cannot be written here"),
        ("a: 1\nb: !!int x\n", 2, "'x' is not of its kind"),
        ("a: &a\n  b: *a\n", 1, "this value contains itself"),
        ("a: &a\n  <<: *a\n", 1, "only another table can be merged with <<"),
        ("a: 1\nb:\n  <<: 2\n", 3, "only another table can be merged with <<"),
        ("", None, "the file is empty"),
        ("# nothing yet\n", None, "the file is empty"),
        ("- a\n", 1, "a table of keys is wanted here, not a list"),
        ("\njust words\n", 2, "a table of keys is wanted here, not the text 'just words'"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, text: str, line: int | None, said: str
) -> None:
    """Syntax, kinds of value, keys that stand twice: the error has the line and the problem."""
    error = complaint(tmp_path, text)
    assert error.message.startswith(said)
    assert error.where is not None
    assert error.where.line == line


def test_a_colon_in_a_text_is_answered_with_quotes(tmp_path: Path) -> None:
    """The most frequent mistake in YAML gets the remedy."""
    error = complaint(tmp_path, "claim: every flight: scored once\n")
    assert error.hint == 'put a text that holds ": " in quotes'


def test_a_tab_is_answered_with_spaces(tmp_path: Path) -> None:
    """Who indents with tabs is told what to do."""
    assert "indent with spaces" in (complaint(tmp_path, "a:\n\tb: 2\n").hint or "")


def test_yaml_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    """No stack of Python's is shown for a stack of brackets."""
    assert "nested too deeply" in complaint(tmp_path, f"a: {'[' * 100_000}{']' * 100_000}").message


def test_what_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """A file in another encoding is no scenario."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"claim: \xfc\n")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        read_yaml(path, ScenarioError)
