"""Frozen dataclasses are the format: what they say may be written, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from sandbox.document import Document, Duration, Key, Pace, build
from sandbox.document.describe import KeyDescription, describe
from sandbox.errors import ConfigError

FILE = Path("a.toml")
SECOND = Duration(1)
FLAT_OUT = Pace()


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A table within another."""

    count: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outer:
    """Every type that a format may use."""

    text: str = ""
    flag: bool = False
    number: float = 0.0
    source: str | None = field(default=None, metadata={"key": "from"})
    path: Path = Path()
    moment: datetime | None = None
    within: Duration = SECOND
    pace: Pace = FLAT_OUT
    signal: Literal["TERM", "KILL"] = "TERM"
    command: tuple[str, ...] = field(default=(), metadata={"shell": True})
    range: tuple[float, int] | None = None
    equals: str | int | bool | None = None
    anything: Any = None
    inner: Inner | None = None
    by_name: dict[str, Inner] = field(default_factory=dict)
    listed: tuple[Inner, ...] = ()


def made(**written: Any) -> Outer:
    """Build an Outer of what was written."""
    return build(Outer, Document(FILE, written), ConfigError)


def complaint(written: dict[str, Any], lines: dict[Key, int] | None = None) -> ConfigError:
    """Give the error that building raises."""
    with pytest.raises(ConfigError) as caught:
        build(Outer, Document(FILE, written, lines or {}), ConfigError)
    return caught.value


@pytest.mark.parametrize(
    ("name", "written", "field_name", "value"),
    [
        ("text", "a", "text", "a"),
        ("flag", True, "flag", True),
        ("number", 1.5, "number", 1.5),
        ("number", 2, "number", 2),
        ("from", "a", "source", "a"),
        ("from", None, "source", None),
        ("path", "a/b", "path", Path("a/b")),
        ("moment", "2013-06-08T14:00:00Z", "moment", datetime(2013, 6, 8, 14, tzinfo=UTC)),
        (
            "moment",
            datetime(2013, 6, 8, 14, tzinfo=UTC),
            "moment",
            datetime(2013, 6, 8, 14, tzinfo=UTC),
        ),
        ("within", "6h", "within", 21600.0),
        ("pace", "200/s", "pace", Pace(per_second=200)),
        ("signal", "KILL", "signal", "KILL"),
        ("command", "python -m 'a b'", "command", ("python", "-m", "a b")),
        ("command", ["a b", "c"], "command", ("a b", "c")),
        ("range", [1.5, 2], "range", (1.5, 2)),
        ("equals", "a", "equals", "a"),
        ("equals", 0, "equals", 0),
        ("equals", False, "equals", False),
        ("anything", {"a": [1]}, "anything", {"a": [1]}),
        ("inner", {"count": 1, "words": "a b"}, "inner", Inner(count=1, words=("a b",))),
        ("by_name", {"x": {"count": 1}}, "by_name", {"x": Inner(count=1)}),
        ("listed", [{"count": 1}], "listed", (Inner(count=1),)),
    ],
)
def test_what_may_be_written_becomes_the_field(
    name: str, written: Any, field_name: str, value: Any
) -> None:
    """Each type is made of what people write for it; one text is a list of one."""
    found = getattr(made(**{name: written}), field_name)
    assert found == value
    assert type(found) is type(value) or isinstance(found, Duration)


def test_what_is_not_written_has_its_default() -> None:
    """An empty document is all defaults."""
    assert made() == Outer()


def test_given_fields_do_not_come_from_the_document() -> None:
    """A given field is set, and is no key of the file."""
    document = Document(FILE, {"count": 2})
    inner = build(Inner, document, ConfigError, given={"words": ("a",)})
    assert inner == Inner(count=2, words=("a",))
    with pytest.raises(ConfigError, match="unknown key 'words'"):
        build(
            Inner, Document(FILE, {"count": 1, "words": []}), ConfigError, given={"words": ("a",)}
        )


def test_a_reader_makes_the_values_of_its_type() -> None:
    """A format may have types that this module cannot make; their readers are told the place."""
    document = Document(FILE, {"listed": ["a", "b"]})

    def read(written: Any, key: Key) -> Inner:
        return Inner(count=len(key), words=(written,))

    outer = build(Outer, document, ConfigError, readers={Inner: read})
    assert outer.listed == (Inner(count=2, words=("a",)), Inner(count=2, words=("b",)))


@pytest.mark.parametrize(
    ("written", "place", "message", "hint"),
    [
        ({"txt": 1}, "txt", "unknown key 'txt'", "did you mean 'text'?"),
        ({"source": 1}, "source", "unknown key 'source'", None),
        ({"inner": {"cont": 1}}, "inner.cont", "unknown key 'cont'", "did you mean 'count'?"),
        (
            {"by_name": {"x": {"count": 1, "word": 1}}},
            "by_name.x.word",
            "unknown key 'word'",
            "did you mean 'words'?",
        ),
        (
            {"listed": [{"count": 1}, {"wrds": 1}]},
            "listed[1].wrds",
            "unknown key 'wrds'",
            "did you mean 'words'?",
        ),
        ({"inner": {}}, "inner", "the key 'count' is missing", "count: a whole number"),
        ({"text": 1}, "text", "a text is wanted here, not the number 1", 'put it in quotes: "1"'),
        (
            {"text": False},
            "text",
            "a text is wanted here, not false",
            'put it in quotes: "false"',
        ),
        ({"text": None}, "text", "a text is wanted here, not nothing", None),
        ({"text": []}, "text", "a text is wanted here, not a list", None),
        (
            {"flag": "yes"},
            "flag",
            "true or false is wanted here, not the text 'yes'",
            "write true or false, without quotes",
        ),
        ({"flag": 1}, "flag", "true or false is wanted here, not the number 1", None),
        (
            {"inner": {"count": "5"}},
            "inner.count",
            "a whole number is wanted here, not the text '5'",
            "take the quotes away: 5",
        ),
        (
            {"inner": {"count": 1.5}},
            "inner.count",
            "a whole number is wanted here, not the number 1.5",
            None,
        ),
        (
            {"inner": {"count": True}},
            "inner.count",
            "a whole number is wanted here, not true",
            None,
        ),
        ({"number": True}, "number", "a number is wanted here, not true", None),
        ({"path": ""}, "path", "a path is wanted here, not the text ''", None),
        ({"path": 1}, "path", "a text is wanted here, not the number 1", 'put it in quotes: "1"'),
        (
            {"moment": "2013-06-08T14:00:00"},
            "moment",
            "the time 2013-06-08T14:00:00 has no zone",
            "end it with Z, for UTC",
        ),
        (
            {"moment": "noon"},
            "moment",
            "a time with its zone is wanted here, not the text 'noon'",
            "write it like 2013-06-08T14:00:00Z",
        ),
        (
            {"within": "soon"},
            "within",
            "a duration is written like 250ms, 30s, 5m, 6h or 2d, and here is the text 'soon'",
            None,
        ),
        (
            {"within": -1},
            "within",
            "a duration is zero or more seconds, not -1, and here is the number -1",
            None,
        ),
        (
            {"pace": 5},
            "pace",
            "a pace is written like `flat out`, `200/s` or `3600x`, and here is the number 5",
            None,
        ),
        (
            {"signal": "KIL"},
            "signal",
            "the text 'KIL' is not valid here",
            "did you mean 'KILL'?",
        ),
        ({"signal": []}, "signal", "a list is not valid here", "valid: KILL, TERM"),
        (
            {"command": "python 'a"},
            "command",
            "this is no command: No closing quotation",
            "close every quote, or write a list of words",
        ),
        ({"command": 1}, "command", "a list of texts is wanted here, not the number 1", None),
        (
            {"command": ["a", 1]},
            "command[1]",
            "a text is wanted here, not the number 1",
            'put it in quotes: "1"',
        ),
        ({"range": [1]}, "range", "2 values are wanted here, not 1", None),
        ({"range": 1}, "range", "a list of 2 numbers is wanted here, not the number 1", None),
        (
            {"equals": 1.5},
            "equals",
            "a text or a whole number or true or false is wanted here, not the number 1.5",
            None,
        ),
        ({"inner": []}, "inner", "a table is wanted here, not a list", None),
        ({"by_name": "x"}, "by_name", "a table is wanted here, not the text 'x'", None),
        ({"by_name": {"x": 1}}, "by_name.x", "a table is wanted here, not the number 1", None),
        ({"listed": {}}, "listed", "a list of tables is wanted here, not a table", None),
        ({"text": datetime(2013, 6, 8)}, "text", "a text is wanted here, not the time 2013-", None),  # noqa: DTZ001 - TOML has such times
        ({"text": ["x"] * 99}, "text", "a text is wanted here, not a list", None),
        (
            {"number": "x" * 99},
            "number",
            f"a number is wanted here, not the text '{'x' * 60}'…",
            None,
        ),
    ],
)
def test_what_may_not_be_written_is_named(
    written: dict[str, Any], place: str, message: str, hint: str | None
) -> None:
    """Unknown and missing keys and wrong types say where, what stands there, and what is wanted."""
    error = complaint(written)
    assert error.where is not None
    assert error.where.key == place
    assert error.message.startswith(message)
    if hint is not None:
        assert error.hint == hint


def test_an_error_has_the_line_of_its_key() -> None:
    """The place of an error is the line where the wrong key stands; of a missing one, its table."""
    lines: dict[Key, int] = {("inner",): 3, ("inner", "cont"): 4}
    assert str(complaint({"inner": {"cont": 1}}, lines).where) == "a.toml:4:inner.cont"
    assert str(complaint({"inner": {}}, lines).where) == "a.toml:3:inner"


def test_a_moment_keeps_its_zone() -> None:
    """A time with an offset is the moment that it says."""
    moment = made(moment="2013-06-08T14:00:00+02:00").moment
    assert moment is not None
    assert moment.utcoffset() == timedelta(hours=2)


def test_every_key_can_be_described() -> None:
    """A reference lists each key with what it takes, its default, and the tables below it."""
    described = {each.key: each for each in describe(Outer)}
    assert described["text"] == KeyDescription("text", "a text", required=False, default="")
    assert described["from"].takes == "a text"
    assert described["signal"].takes == "TERM or KILL"
    assert described["command"].takes == "a list of texts"
    assert described["inner.count"] == KeyDescription(
        "inner.count", "a whole number", required=True, default=None
    )
    assert described["by_name"].takes == "a table of tables by name"
    assert described["by_name.<name>.words"].default == ()
    assert described["listed[].count"].takes == "a whole number"
    assert len(described) == 16 + 3 * 2
