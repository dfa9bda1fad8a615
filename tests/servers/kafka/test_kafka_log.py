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
from sandbox.servers.kafka.state.log_settings import LogSettings
from sandbox.servers.kafka.state.segment import segment_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> Iterator[PartitionLog]:
    """Give a log with three batches of two records each; their times start at 100, 200, 300."""
    opened = PartitionLog(tmp_path / "0")
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
    again = PartitionLog(tmp_path / "0")
    assert (again.cut, again.start, again.end) == (0, 0, 7)
    assert again.read(0, 1 << 20) == log.read(0, 1 << 20)
    assert again.at_or_after(102) == (2, 200)
    assert again.producers.known == log.producers.known
    again.close()


def test_a_torn_tail_is_cut(log: PartitionLog, tmp_path: Path) -> None:
    """A last batch that is not whole, wherever it was torn, goes; the log counts on after that."""
    path = segment_path(tmp_path / "0", 0)
    whole = path.read_bytes()
    torn = bytes(make_batch(b"torn", base=6))
    for size in range(1, len(torn)):
        path.write_bytes(whole + torn[:size])
        again = PartitionLog(path.parent)
        assert (again.cut, again.end) == (size, 6)
        assert path.read_bytes() == whole
        again.close()


def test_garbage_at_the_end_is_cut(log: PartitionLog, tmp_path: Path) -> None:
    """Any bytes after the last batch go, also those that look like a header."""
    path, chance = segment_path(tmp_path / "0", 0), random.Random(2)  # noqa: S311 - garbage, no secret
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
        again = PartitionLog(path.parent)
        assert (again.cut, again.end, path.read_bytes()) == (len(tail), 6, whole)
        assert again.append(make_batch(b"next")) == 6
        again.close()


def test_a_damaged_batch_ends_the_log(log: PartitionLog, tmp_path: Path) -> None:
    """A batch whose CRC is wrong is cut with all that follows: offsets have no gaps."""
    path = segment_path(tmp_path / "0", 0)
    data = bytearray(path.read_bytes())
    size = read_header(data).size
    data[size + 30] ^= 1
    path.write_bytes(data)
    again = PartitionLog(path.parent)
    assert (again.end, again.cut) == (2, len(data) - size)
    again.close()


SMALL = LogSettings(segment_bytes=300)


@pytest.fixture
def rolled(tmp_path: Path) -> Iterator[PartitionLog]:
    """Give a log of five batches of one record, times 0, 10, 20, …, two in each segment."""
    opened = PartitionLog(tmp_path / "rolled", SMALL)
    for number in range(5):
        opened.append(make_batch(b"%060d" % number, timestamp=number * 10))
    yield opened
    opened.close()


def starts(log: PartitionLog) -> list[int]:
    """Give the first offsets of a log's files."""
    assert [segment.base for segment in log.segments] == [
        int(path.stem) for path in sorted(log.folder.iterdir())
    ]
    return [segment.base for segment in log.segments]


def test_segments_roll_by_size(rolled: PartitionLog, tmp_path: Path) -> None:
    """Files are named by their first offset; opened again they are one log."""
    assert len(starts(rolled)) > 1
    assert [bases(rolled.read(offset, 1 << 20))[0] for offset in range(5)] == list(range(5))
    assert [rolled.at_or_after(time) for time in (0, 11, 40, 41)] == [
        (0, 0),
        (2, 20),
        (4, 40),
        None,
    ]
    again = PartitionLog(tmp_path / "rolled", SMALL)
    assert (starts(again), again.end, again.cut) == (starts(rolled), 5, 0)
    again.close()


def test_segments_roll_by_time(tmp_path: Path) -> None:
    """A record much later than the first of a segment begins the next one."""
    log = PartitionLog(tmp_path / "t", LogSettings(segment_ms=100))
    for timestamp in (0, 50, 101, 102):
        log.append(make_batch(b"x", timestamp=timestamp))
    assert starts(log) == [0, 2]
    log.close()


def test_deleted_records_free_their_files(rolled: PartitionLog) -> None:
    """Segments that lie wholly before the new start are gone."""
    last = starts(rolled)[-1]
    rolled.forget_before(last)
    assert starts(rolled) == [last]
    assert (rolled.start, rolled.end, bases(rolled.read(last, 1 << 20))[0]) == (last, 5, last)


@pytest.mark.parametrize(
    ("settings", "now", "left"),
    [
        (LogSettings(), 10**15, 0),
        (LogSettings(retention_ms=1_000), 1_000, 0),
        (LogSettings(retention_ms=1_000), 1_025, 2),
        (LogSettings(retention_ms=1_000), 10**15, 5),
        (LogSettings(retention_bytes=200), 0, 2),
        (LogSettings(retention_ms=0, deletes=False), 10**15, 0),
    ],
)
def test_what_is_over_is_deleted(
    rolled: PartitionLog, settings: LogSettings, now: int, left: int
) -> None:
    """By age or size, whole segments, as the settings say; offsets count on."""
    rolled.settings = settings
    rolled.retain(now)
    assert rolled.start == left
    assert starts(rolled)[0] == left
    assert rolled.append(make_batch(b"next", timestamp=now)) == 5


@pytest.fixture(scope="module", autouse=True)
def _shared_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep one log for all examples of the property."""
    global SHARED  # noqa: PLW0603 - hypothesis takes no fixture of a function's scope
    SHARED = PartitionLog(tmp_path_factory.mktemp("log") / "0")
    for _ in range(3):
        SHARED.append(make_batch(b"a", b"b"))
    yield
    SHARED.close()


SHARED: PartitionLog
