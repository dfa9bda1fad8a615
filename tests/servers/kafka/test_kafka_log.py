"""The log of a partition: append, read, find by time, forget, and open again after a crash."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from batches import make_batch
from hypothesis import given
from hypothesis import strategies as st

from sandbox.servers.kafka.state.batch import read_header
from sandbox.servers.kafka.state.log import PartitionLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> Iterator[PartitionLog]:
    """Give a log with three batches of two records each; their times start at 100, 200, 300."""
    opened = PartitionLog(tmp_path / "0.log")
    for number in (1, 2, 3):
        opened.append(make_batch(b"a", b"b", timestamp=number * 100))
    yield opened
    opened.close()


def bases(data: bytes) -> list[int]:
    """Give the base offsets of the batches in an answer."""
    found, position = [], 0
    while position < len(data):
        header = read_header(data, position)
        found.append(header.base_offset)
        position += header.size
    return found


def test_offsets_count_on(log: PartitionLog) -> None:
    """Each batch begins where the one before it ends."""
    assert (log.start, log.end) == (0, 6)
    assert bases(log.read(0, 1 << 20)) == [0, 2, 4]


def test_a_read_begins_with_the_batch_that_holds_the_offset(log: PartitionLog) -> None:
    """An offset in the middle of a batch gives the whole batch; the end gives nothing."""
    assert [bases(log.read(offset, 1 << 20)) for offset in range(7)] == [
        [0, 2, 4], [0, 2, 4], [2, 4], [2, 4], [4], [4], [],
    ]  # fmt: skip


@given(limit=st.integers(0, 400), offset=st.integers(0, 5))
def test_a_read_gives_whole_batches_within_its_limit(limit: int, offset: int) -> None:
    """Never a part of a batch, never more than the limit, but one batch at least."""
    size = len(make_batch(b"a", b"b"))
    wanted = max(1, min(limit // size, 3 - offset // 2))
    assert bases(SHARED.read(offset, limit)) == [0, 2, 4][offset // 2 :][:wanted]


def test_times_are_found(log: PartitionLog) -> None:
    """The first record at or after a time, over all batches; the greatest time of all."""
    assert log.at_or_after(0) == (0, 100)
    assert log.at_or_after(101) == (1, 101)
    assert log.at_or_after(102) == (2, 200)
    assert log.at_or_after(301) == (5, 301)
    assert log.at_or_after(302) is None
    assert log.greatest_timestamp() == (5, 301)


def test_times_need_not_rise(log: PartitionLog) -> None:
    """A replayed record is older than its neighbours; the first that fits is still found."""
    log.append(make_batch(b"old", timestamp=5))
    log.append(make_batch(b"new", timestamp=400))
    assert log.at_or_after(302) == (7, 400)
    assert log.at_or_after(0) == (0, 100)
    assert log.greatest_timestamp() == (7, 400)


def test_what_is_forgotten_is_not_found(log: PartitionLog) -> None:
    """A start in the middle of a batch: the batch is read, but no time or offset before it."""
    log.forget_before(3)
    assert (log.start, log.end, bases(log.read(3, 1 << 20))) == (3, 6, [2, 4])
    assert log.at_or_after(0) == (3, 201)
    log.forget_before(1)
    assert log.start == 3


def test_an_emptied_log_counts_on(log: PartitionLog) -> None:
    """After everything was forgotten, the next batch gets the next offset."""
    log.forget_before(6)
    assert (log.read(6, 100), log.at_or_after(0), log.greatest_timestamp()) == (b"", None, None)
    assert log.append(make_batch(b"c")) == 6
    assert bases(log.read(6, 100)) == [6]


def test_opening_again_finds_everything(log: PartitionLog, tmp_path: Path) -> None:
    """Offsets, index and producers are rebuilt from the file alone."""
    log.append(make_batch(b"p", producer=(5, 1, 0)))
    again = PartitionLog(tmp_path / "0.log")
    assert (again.cut, again.start, again.end) == (0, 0, 7)
    assert again.read(0, 1 << 20) == log.read(0, 1 << 20)
    assert again.at_or_after(102) == (2, 200)
    assert again.producers.known == log.producers.known
    again.close()


def test_a_torn_tail_is_cut(log: PartitionLog, tmp_path: Path) -> None:
    """A last batch that is not whole, wherever it was torn, goes; the log counts on after that."""
    path = tmp_path / "0.log"
    whole = path.read_bytes()
    torn = bytes(make_batch(b"torn", base=6))
    for size in range(1, len(torn)):
        path.write_bytes(whole + torn[:size])
        again = PartitionLog(path)
        assert (again.cut, again.end) == (size, 6)
        assert path.read_bytes() == whole
        again.close()


def test_garbage_at_the_end_is_cut(log: PartitionLog, tmp_path: Path) -> None:
    """Any bytes after the last batch go, also those that look like a header."""
    path, chance = tmp_path / "0.log", random.Random(2)  # noqa: S311 - garbage, no secret
    whole = path.read_bytes()
    header = make_batch(b"x", base=6)[:61]
    lengths = (b"\xff\xff\xff\xff", b"\x80\x00\x00\x00", b"\x7f\xff\xff\xff", bytes(4))
    tails = [
        *(chance.randbytes(size) for size in (1, 11, 60, 61, 5_000)),
        *(bytes(header[:8]) + length + bytes(header[12:]) for length in lengths),
        bytes(make_batch(b"an offset before the end", base=0)),
    ]
    for tail in tails:
        path.write_bytes(whole + tail)
        again = PartitionLog(path)
        assert (again.cut, again.end, path.read_bytes()) == (len(tail), 6, whole)
        assert again.append(make_batch(b"next")) == 6
        again.close()


def test_a_damaged_batch_ends_the_log(log: PartitionLog, tmp_path: Path) -> None:
    """A batch whose CRC is wrong is cut with all that follows: offsets have no gaps."""
    path = tmp_path / "0.log"
    data = bytearray(path.read_bytes())
    size = read_header(data).size
    data[size + 30] ^= 1
    path.write_bytes(data)
    again = PartitionLog(path)
    assert (again.end, again.cut) == (2, len(data) - size)
    again.close()


@pytest.fixture(scope="module", autouse=True)
def _shared_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep one log for all examples of the property."""
    global SHARED  # noqa: PLW0603 - hypothesis takes no fixture of a function's scope
    SHARED = PartitionLog(tmp_path_factory.mktemp("log") / "0.log")
    for _ in range(3):
        SHARED.append(make_batch(b"a", b"b"))
    yield
    SHARED.close()


SHARED: PartitionLog
