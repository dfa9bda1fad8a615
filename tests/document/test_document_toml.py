"""TOML is read with the line of every key, whatever way it is written in."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sandbox.document import read_toml
from sandbox.document.toml_lines import toml_lines
from sandbox.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.document import Key

EVERY_WAY = '''\
name = "flights"  # [not.a.table]
a.b."c.d" = 1

text = """
[no.table]
no_key = 1
ends in quotes"""""
raw = \'\'\'
[[no.tables]]\'\'\'
[stream.topics.departures]
partitions = 4
[stream.topics."departures.dead_letter"]
"quoted \\u0041" = { x = 1, "y" = { z.deep = [1, 2] } }
'single' = 'it # is = [this]'
[[list]]
name = "first"
[list.inner]
one = 1
[[list]] # again
name = "second"
[[list.nested]]
two = [
  # a comment, with a ] in it
  [1,
   2],
  { three = 3 },
]
when = 1979-05-27 07:32:00
[stream]
port = 9092
'''


def paths_in(value: Any, key: Key = ()) -> Iterator[Key]:
    """List the path of every value within another."""
    inner: dict[Any, Any] = {}
    if isinstance(value, dict):
        inner = value
    if isinstance(value, list):
        inner = dict(enumerate(value))
    for name, each in inner.items():
        yield (*key, name)
        yield from paths_in(each, (*key, name))


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("name",), 1),
        (("a", "b", "c.d"), 2),
        (("text",), 4),
        (("stream", "topics", "departures"), 10),
        (("stream", "topics", "departures", "partitions"), 11),
        (("stream", "topics", "departures.dead_letter"), 12),
        (("stream", "topics", "departures.dead_letter", "quoted A", "y", "z", "deep", 1), 13),
        (("list", 0, "name"), 16),
        (("list", 0, "inner", "one"), 18),
        (("list", 1), 19),
        (("list", 1, "nested", 0, "two", 0, 1), 25),
        (("list", 1, "nested", 0, "two", 1, "three"), 26),
        (("list", 1, "nested", 0, "when"), 28),
        (("stream",), 29),
        (("stream", "port"), 30),
    ],
)
def test_each_key_has_the_line_it_stands_on(key: Key, line: int) -> None:
    """Headers, dotted and quoted keys, inline tables, lists and arrays of tables are located."""
    assert toml_lines(EVERY_WAY)[key] == line


def test_exactly_what_is_there_has_a_line() -> None:
    """Every value that tomllib reads has a line, and nothing else has one."""
    assert set(toml_lines(EVERY_WAY)) == set(paths_in(tomllib.loads(EVERY_WAY)))


def loaded(text: str) -> dict[str, Any] | None:
    """Read a text as TOML; None where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


names = st.sampled_from(["a", "b-1", '"c.d"', "'[e]'", '"f = \\"#"'])
scalars = st.sampled_from(
    [
        "1",
        "-2.5e3",
        '"}, ]"',
        "'#'",
        "true",
        "1979-05-27 07:32:00",
        '"""\n[x]\ny = 1"""',
        "'''''q'''",
    ]
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: "[\n" + ",\n# ]\n".join(each) + "]"),
        st.dictionaries(names, inner, max_size=3).map(
            lambda each: "{" + ", ".join(f"{name} = {value}" for name, value in each.items()) + "}"
        ),
    ),
    max_leaves=6,
)
tables = st.dictionaries(names, values, max_size=3).map(
    lambda each: "".join(f"{name} = {value}\n" for name, value in each.items())
)
headers = st.lists(names, min_size=1, max_size=3).map(".".join)
sections = st.tuples(headers, st.booleans(), tables).map(
    lambda each: (f"[[{each[0]}]]" if each[1] else f"[ {each[0]} ]") + f" # x\n{each[2]}"
)


@settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.tuples(tables, st.lists(sections, max_size=4)).map(lambda all_: all_[0] + "".join(all_[1]))
)
def test_whatever_tomllib_reads_is_located(text: str) -> None:
    """For any TOML, exactly the values that tomllib gives have lines, and each is in the text."""
    data = loaded(text)
    assume(data is not None)
    lines = toml_lines(text)
    assert set(lines) == set(paths_in(data))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


def test_windows_line_ends_count_once(tmp_path: Path) -> None:
    """A file that was written on Windows has the same lines."""
    path = tmp_path / "a.toml"
    path.write_bytes(b"a = 1\r\n\r\n[b]\r\nc = [\r\n2]\r\n")
    document = read_toml(path, ConfigError)
    assert document.data == {"a": 1, "b": {"c": [2]}}
    assert document.lines[("b", "c", 0)] == 5


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = 1\nb = \n", 2, "Invalid value"),
        ("a = 1\na = 2\n", 2, "Cannot overwrite a value"),
        ("[a]\n[b]\n[a]\n", 3, "Cannot declare ('a',) twice"),
        ("a = 1\nb = 'x", 2, "Expected"),
        ("just words\n", 1, "Expected '=' after a key"),
        ("a = " + "1" * 5000, 1, "Exceeds the limit"),
    ],
)
def test_bad_toml_names_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    """What tomllib says is shown at the line that it means."""
    path = tmp_path / "sandbox.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_toml(path, ConfigError)
    assert str(caught.value.where) == f"{path}:{line}"
    assert caught.value.message.startswith(f"this is not valid TOML: {said}")
    assert "(at " not in caught.value.message


def test_toml_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    """No stack of Python's is shown for a stack of brackets."""
    path = tmp_path / "sandbox.toml"
    path.write_text(f"a = {'[' * 5000}{']' * 5000}")
    with pytest.raises(ConfigError, match="nested too deeply"):
        read_toml(path, ConfigError)


def test_an_empty_file_is_an_empty_document(tmp_path: Path) -> None:
    """Nothing written means nothing said, and the file itself is the place."""
    path = tmp_path / "sandbox.toml"
    path.touch()
    document = read_toml(path, ConfigError)
    assert document.data == {}
    assert str(document.where(("stream", "port"))) == f"{path}:1:stream.port"


def test_a_place_that_was_not_written_is_the_nearest_one_around_it(tmp_path: Path) -> None:
    """A missing key is shown at its table; names that need quotes have them."""
    path = tmp_path / "sandbox.toml"
    path.write_text('\n[stream.topics."a.b"]\n')
    document = read_toml(path, ConfigError)
    place = document.where(("stream", "topics", "a.b", "partitions"))
    assert str(place) == f'{path}:2:stream.topics."a.b".partitions'
    assert document.has(("stream", "topics", "a.b"))
    assert not document.has(("stream", "topics", "a.b", "partitions"))
