"""Sequences of idempotent producers: what is new, what came before, what is missing."""

from __future__ import annotations

import pytest
from batches import make_batch

from sandbox.servers.kafka.state.batch import Batch, read_batch
from sandbox.servers.kafka.state.producers import (
    REMEMBERED,
    SEQUENCES,
    DuplicateSequenceError,
    OutOfOrderSequenceError,
    Producers,
    StaleEpochError,
)


def sent(sequence: int, count: int = 1, *, epoch: int = 0, base: int = 0) -> Batch:
    """Give a batch of producer 7, as the log got it."""
    values = [b"x"] * count
    return read_batch(make_batch(*values, base=base, producer=(7, epoch, sequence)))


@pytest.fixture
def producers() -> Producers:
    """Give a partition that has batches 0-2 at offset 0, and 3 at offset 3."""
    known = Producers()
    known.append(sent(0, 3, base=0))
    known.append(sent(3, 1, base=3))
    return known


def test_the_next_sequence_is_new(producers: Producers) -> None:
    """A batch that follows the last one is to be written."""
    assert producers.check(sent(4)) is None


@pytest.mark.parametrize(("batch", "offset"), [(sent(0, 3), 0), (sent(3), 3)])
def test_a_batch_that_came_before_gives_its_offset(
    producers: Producers, batch: Batch, offset: int
) -> None:
    """What is sent again is answered as the first time, and not written."""
    assert producers.check(batch) == offset


@pytest.mark.parametrize("batch", [sent(5), sent(1), sent(0, 2), sent(3, 2)])
def test_a_gap_is_refused(producers: Producers, batch: Batch) -> None:
    """A batch that neither follows nor is one of the last ones is out of order."""
    with pytest.raises(OutOfOrderSequenceError):
        producers.check(batch)


def test_a_duplicate_from_long_ago_is_named(producers: Producers) -> None:
    """A batch older than those that are remembered is a duplicate, its offset unknown."""
    for sequence in range(4, 4 + REMEMBERED):
        producers.append(sent(sequence, base=sequence))
    with pytest.raises(DuplicateSequenceError):
        producers.check(sent(3))


def test_a_new_epoch_begins_at_zero(producers: Producers) -> None:
    """A producer with a higher epoch starts over; what the old one sends is stale."""
    with pytest.raises(OutOfOrderSequenceError):
        producers.check(sent(4, epoch=1))
    assert producers.check(sent(0, epoch=1)) is None
    producers.append(sent(0, epoch=1, base=4))
    with pytest.raises(StaleEpochError):
        producers.check(sent(4))
    assert producers.check(sent(0, epoch=1)) == 4


def test_strangers_and_the_nameless_may_write(producers: Producers) -> None:
    """A producer that is not known yet may begin anywhere; one without an id always may."""
    stranger = read_batch(make_batch(b"x", producer=(8, 3, 40)))
    nameless = read_batch(make_batch(b"x"))
    assert producers.check(stranger) is None
    assert producers.check(nameless) is None
    producers.append(nameless)
    assert set(producers.known) == {7}


def test_sequences_wrap_around() -> None:
    """After 2^31 - 1 comes 0."""
    known = Producers()
    known.append(sent(SEQUENCES - 2, 2))
    assert known.check(sent(0)) is None
    with pytest.raises(OutOfOrderSequenceError):
        known.check(sent(1))
    known = Producers()
    known.append(sent(SEQUENCES - 1, 2))
    assert known.check(sent(1)) is None
