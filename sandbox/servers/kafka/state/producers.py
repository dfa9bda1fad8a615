"""Idempotent producers: what each has written to a partition last (KIP-98)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.batch import NO_PRODUCER

if TYPE_CHECKING:
    from sandbox.servers.kafka.state.batch import Batch

# As many batches as a producer may have in flight, and so may send again.
REMEMBERED = 5
SEQUENCES = 1 << 31


class OutOfOrderSequenceError(Exception):
    """A batch is missing before this one."""


class DuplicateSequenceError(Exception):
    """The batch was written long ago: its offset is no longer known."""


class StaleEpochError(Exception):
    """A newer instance of the producer has written."""


@dataclass(slots=True)
class Written:
    """What one producer wrote last: epoch, and (first sequence, last sequence, offset) a batch."""

    epoch: int
    last_timestamp: int = -1
    is_transactional: bool = False
    batches: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Producers:
    """The producers of one partition, by id."""

    def __init__(self) -> None:
        """Know none."""
        self.known: dict[int, Written] = {}

    def check(self, batch: Batch) -> int | None:
        """Give the offset of a batch that was written before, None for one that is new.

        Raises OutOfOrderSequenceError, DuplicateSequenceError or StaleEpochError where it must be
        refused. A producer that nobody knows may begin anywhere, as with Kafka.
        """
        known = self.known.get(batch.producer_id)
        if batch.producer_id == NO_PRODUCER or known is None:
            return None
        if batch.producer_epoch < known.epoch:
            raise StaleEpochError
        if batch.producer_epoch > known.epoch or not known.batches:
            if batch.first_sequence != 0:
                raise OutOfOrderSequenceError
            return None
        return _place(batch, known)

    def append(self, batch: Batch) -> None:
        """Remember a batch that was written."""
        if batch.producer_id == NO_PRODUCER:
            return
        known = self.known.get(batch.producer_id)
        if known is None or known.epoch != batch.producer_epoch:
            known = self.known[batch.producer_id] = Written(batch.producer_epoch)
        known.last_timestamp = batch.max_timestamp
        known.is_transactional = batch.is_transactional
        if not batch.is_control:
            known.batches.append((batch.first_sequence, _last_sequence(batch), batch.base_offset))


def _place(batch: Batch, known: Written) -> int | None:
    last = _last_sequence(batch)
    for first_sequence, last_sequence, offset in known.batches:
        if (first_sequence, last_sequence) == (batch.first_sequence, last):
            return offset
    expected = (known.batches[-1][1] + 1) % SEQUENCES
    if batch.first_sequence == expected:
        return None
    # Sequences wrap around: which of two came first is a matter of the shorter way round.
    if 0 < (known.batches[0][0] - batch.first_sequence) % SEQUENCES < SEQUENCES // 2:
        raise DuplicateSequenceError
    raise OutOfOrderSequenceError


def _last_sequence(batch: Batch) -> int:
    return (batch.first_sequence + batch.last_offset_delta) % SEQUENCES
