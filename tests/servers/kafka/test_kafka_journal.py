"""The journal: facts by key, the last one holds, and what was torn is left out."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from sandbox.servers.kafka.state import journal
from sandbox.servers.kafka.state.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give where a journal with two facts lies: a is 2, b is gone."""
    path = tmp_path / "journal.ndjson"
    written = Journal(path)
    written.put(("a", 1), ("b", {"c": [None, "ü"]}))
    written.put(("a", 2))
    written.put(("b", None))
    written.close()
    return path


def read(path: Path) -> dict[str, object]:
    """Give the facts that a journal has when it is opened."""
    opened = Journal(path)
    opened.close()
    return opened.facts


def test_the_last_fact_holds(path: Path) -> None:
    """A later fact replaces an earlier one, null removes it, and opening writes that down."""
    assert read(path) == {"a": 2}
    assert path.read_text() == '["a",2]\n'


def test_facts_are_found_by_prefix(path: Path) -> None:
    """`under` gives the keys without the prefix."""
    opened = Journal(path)
    opened.put(("x:1", 1), ("x:2", 2), ("y:1", 3))
    assert opened.under("x:") == {"1": 1, "2": 2}
    opened.close()


@pytest.mark.parametrize(
    ("tail", "cut"),
    [
        (b'["c"', 4),
        (b'["c",1]', 7),
        (b"\x00\xff\n\xfe", 4),
        (b'{"c": 1}\n5\n["c",1,2]\n', 21),
    ],
)
def test_what_is_no_fact_is_cut_and_said(
    path: Path, tail: bytes, cut: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A torn line and garbage are left out, said on stderr, and gone from the file."""
    path.write_bytes(path.read_bytes() + tail)
    opened = Journal(path)
    opened.close()
    assert (opened.facts, opened.cut) == ({"a": 2}, cut)
    assert f"cut {cut} bytes" in capsys.readouterr().err
    assert path.read_text() == '["a",2]\n'


def test_a_damaged_line_spares_the_others(path: Path) -> None:
    """Facts after a damaged line hold: they must not take topics with them."""
    path.write_bytes(b"garbage\n" + path.read_bytes())
    assert read(path) == {"a": 2}


def test_it_is_written_anew_when_it_grew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many facts of one key do not grow the file for ever."""
    monkeypatch.setattr(journal, "COMPACT_AFTER", 10)
    opened = Journal(path)
    for number in range(100):
        opened.put(("a", number))
    opened.close()
    assert len(path.read_text().splitlines()) <= 11
    assert read(path) == {"a": 99}


def test_a_full_disk_leaves_no_half_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact that could not be written is not known, and the next one is whole."""
    opened = Journal(path)
    write = os.write

    def fill(descriptor: int, data: bytes) -> int:
        monkeypatch.setattr(os, "write", refuse)
        return write(descriptor, data[:5])

    def refuse(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "write", fill)
    with pytest.raises(OSError, match="no space"):
        opened.put(("c", "lost"))
    monkeypatch.undo()
    assert "c" not in opened.facts
    opened.put(("d", 1))
    opened.close()
    assert read(path) == {"a": 2, "d": 1}
