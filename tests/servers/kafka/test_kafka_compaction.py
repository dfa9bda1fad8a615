"""Compaction: the last record of each key stays, at its offset; killed at any moment nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from batches import make_keyed

from sandbox.servers.kafka.state.batch import read_batch, read_header
from sandbox.servers.kafka.state.compaction import Cleaned, next_cleaning
from sandbox.servers.kafka.state.log import UNFINISHED, PartitionLog
from sandbox.servers.kafka.state.log_settings import LogSettings
from sandbox.servers.kafka.state.marker import make_marker
from sandbox.servers.kafka.state.records import Record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODECS = pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
COMPACTED = LogSettings(segment_bytes=400, compacts=True, deletes=False)
A_DAY = 86_400_000


@pytest.fixture
def log(tmp_path: Path) -> Iterator[PartitionLog]:
    """Give an empty log that is compacted."""
    opened = PartitionLog(tmp_path / "0", COMPACTED)
    yield opened
    opened.close()


def records(log: PartitionLog) -> list[Record]:
    """Read a log as a consumer does, from the start to the end."""
    offset, found = log.start, []
    while data := log.read(offset, 1):
        found += [each for each in read_records(data) if each.offset >= offset]
        offset = read_batch(data).next_offset
    return found


def compact(log: PartitionLog, cleaned: Cleaned | None = None, now: int = A_DAY) -> int:
    """Compact if it is due; gives in how many steps."""
    cleaning = next_cleaning(log, cleaned or Cleaned(), now)
    return 0 if cleaning is None else len(list(cleaning.run()))


@CODECS
def test_the_last_of_each_key_is_kept(log: PartitionLog, codec: int) -> None:
    """In every compression; offsets, times and values stay, and the active segment is let alone."""
    for number in range(12):
        log.append(
            make_keyed(
                (b"same", b"%d" % number),
                (b"%d" % number, b"x" * 50),
                timestamp=number,
                compression=codec,
            )
        )
    before = {each.offset: each for each in records(log)}
    first_active = log.active.base
    size = log.size
    assert compact(log) > 0
    left = records(log)
    kept = [each.value for each in left if each.key == b"same" and each.offset < first_active]
    assert kept == [b"%d" % (first_active // 2 - 1)]
    assert {each.key for each in left} == {each.key for each in before.values()}
    assert [(each.value, each.timestamp) for each in left] == [
        (before[each.offset].value, before[each.offset].timestamp) for each in left
    ]
    assert log.size < size


def test_a_reader_gets_over_gaps(log: PartitionLog) -> None:
    """From any offset the next record that is there is found, whatever lies between."""
    for number in range(30):
        log.append(make_keyed((b"k", b"%d" % number), timestamp=number))
    compact(log)
    last = [each for each in records(log) if each.offset < log.active.base][-1]
    for offset in range(last.offset):
        assert next(read_records(log.read(offset, 1))).offset == last.offset
    assert log.at_or_after(0) == (last.offset, last.timestamp)


def test_tombstones_go_after_their_time(log: PartitionLog) -> None:
    """A key that was deleted is gone at once, its tombstone after delete.retention.ms."""
    log.append(make_keyed((b"gone", b"x"), (b"stays", b"y")))
    log.append(make_keyed((b"gone", None)))
    log.roll()
    now = int(log.segments[0].written_at * 1000)
    compact(log, now=now + 1)
    assert [(each.key, each.value) for each in records(log)] == [(b"stays", b"y"), (b"gone", None)]
    compact(log, now=now + A_DAY + 1000)
    assert [(each.key, each.value) for each in records(log)] == [(b"stays", b"y")]


def test_aborted_records_go_and_markers_stay(log: PartitionLog) -> None:
    """What nobody may read is removed, and does not hide what was before it."""
    log.append(make_keyed((b"k", b"good")))
    log.append(make_keyed((b"k", b"aborted"), producer=(7, 0, 0), transactional=True))
    log.append(make_marker(7, 0, commit=False, timestamp=1))
    log.roll()
    compact(log)
    left = [each for each in records(log) if each.key == b"k"]
    assert [each.value for each in left] == [b"good"]
    assert log.end == 3


def test_what_is_open_is_not_compacted(log: PartitionLog) -> None:
    """Segments with an open transaction wait for its end."""
    log.append(make_keyed((b"k", b"1"), producer=(7, 0, 0), transactional=True))
    log.roll()
    assert next_cleaning(log, Cleaned(), A_DAY) is None


def test_a_producer_goes_on_where_it_was(log: PartitionLog, tmp_path: Path) -> None:
    """The last batch of an idempotent producer stays, without records, so that its sequence is known."""
    log.append(make_keyed((b"k", b"1"), producer=(7, 0, 0)))
    log.append(make_keyed((b"k", b"2")))
    log.roll()
    compact(log)
    log.close()
    again = PartitionLog(tmp_path / "0", COMPACTED)
    assert list(again.producers.known[7].batches) == [(0, 0, 0)]
    assert [each.value for each in records(again)] == [b"2"]
    again.close()
    log.segments = []


@pytest.mark.parametrize(
    ("settings", "cleaned", "is_due"),
    [
        (LogSettings(compacts=False), 0, False),
        (LogSettings(compacts=True), 0, True),
        (LogSettings(compacts=True), 1, True),
        (LogSettings(compacts=True), 3, False),
        (LogSettings(compacts=True, dirty_ratio=0.9), 1, False),
        (LogSettings(compacts=True, dirty_ratio=0.9, longest_compaction_lag=500), 1, True),
        (LogSettings(compacts=True, compaction_lag=2_000), 0, False),
    ],
)
def test_when_it_is_due(
    log: PartitionLog, settings: LogSettings, cleaned: int, *, is_due: bool
) -> None:
    """Once enough is new, or has waited for too long, and none of it is too young."""
    for number in range(3):
        log.append(make_keyed((b"k", b"%d" % number), timestamp=1_000))
        log.roll()
    log.settings = settings
    assert (next_cleaning(log, Cleaned(cleaned), 2_000) is not None) == is_due


def test_killed_at_any_moment_nothing_is_lost(log: PartitionLog, tmp_path: Path) -> None:
    """Whichever step was the last, the log that is opened again has the last of each key."""
    for number in range(12):
        log.append(make_keyed((b"%d" % (number % 3), b"%d" % number), timestamp=number))
    expected = {each.key: each.value for each in records(log)}
    cleaning = next_cleaning(log, Cleaned(), A_DAY)
    assert cleaning is not None
    for _ in cleaning.run():
        again = PartitionLog(copy_of(log.folder, tmp_path), COMPACTED)
        assert {each.key: each.value for each in records(again)} == expected
        assert not list(again.folder.glob(f"*{UNFINISHED}"))
        again.close()


@pytest.mark.parametrize("forget", ["some", "a segment", "all", "close"])
def test_what_is_forgotten_meanwhile_harms_nothing(
    log: PartitionLog, tmp_path: Path, forget: str
) -> None:
    """After any step of a compaction records may be deleted, or the log be closed: no other is lost."""
    for number in range(12):
        log.append(make_keyed((b"%d" % number, b"%d" % number), timestamp=number))
    before = {"some": 1, "a segment": log.segments[1].base, "all": log.end, "close": 0}[forget]
    cleaning = next_cleaning(log, Cleaned(), A_DAY)
    assert cleaning is not None
    for steps in range(1 + len(list(cleaning.run()))):
        place = copy_of(log.folder, tmp_path)
        again = PartitionLog(place, COMPACTED)
        work = next_cleaning(again, Cleaned(), A_DAY)
        assert work is not None
        run = work.run()
        for _ in zip(range(steps), run, strict=False):
            pass
        if forget == "close":
            again.close()
            list(run)
            again = PartitionLog(place, COMPACTED)
        else:
            again.forget_before(before)
            list(run)
        assert [each.offset for each in records(again)] == list(range(before, 12))
        assert not list(place.glob(f"*{UNFINISHED}"))
        again.close()


def copy_of(folder: Path, tmp_path: Path) -> Path:
    """Copy a folder's files, as a process that was killed left them."""
    copy = tmp_path / f"copy{len(list(tmp_path.iterdir()))}"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


def test_a_rebuilt_batch_is_whole(log: PartitionLog) -> None:
    """Header, count and CRC of what compaction writes are right."""
    for number in range(4):
        log.append(make_keyed((b"k", b"1"), (b"%d" % number, b"2"), compression=3))
    log.roll()
    compact(log)
    data = log.read(0, 1)
    assert read_batch(data).count == 1
    assert read_header(data).last_offset_delta == 1
