"""The coordinator of transactions: every change is in the journal before it is answered.

There is one broker, so a transaction is ended in one go: that it will be (a fact), its markers in
the partitions, its offsets in the groups, that it is done (a fact). A process that ended in between
goes on where it was at its next start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.state.marker import make_marker
from sandbox.servers.kafka.state.transaction import (
    LAST_EPOCH,
    NO_EPOCH,
    Place,
    State,
    Transaction,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.servers.kafka.state.journal import Journal
    from sandbox.servers.kafka.state.offsets import Committed, Offsets
    from sandbox.servers.kafka.state.topics import Topics

TRANSACTION = "transaction:"
ENDED = {State.COMPLETE_COMMIT: True, State.COMPLETE_ABORT: False}
PREPARED = {State.PREPARE_COMMIT: True, State.PREPARE_ABORT: False}


class RefusedError(Exception):
    """What a producer asks for is not its to ask; `code` says why."""

    def __init__(self, code: Code) -> None:
        """Keep the code."""
        super().__init__(code.name)
        self.code = code


class Transactions:
    """Transactions by transactional id."""

    def __init__(
        self,
        journal: Journal,
        topics: Topics,
        offsets: Offsets,
        *,
        wake: Callable[[object], None],
        wall_clock: Callable[[], int],
        next_producer_id: Callable[[], int],
    ) -> None:
        """Take back what the journal knows, and end what was about to be ended."""
        self._journal = journal
        self._topics = topics
        self._offsets = offsets
        self._wake = wake
        self._wall_clock = wall_clock
        self._next_producer_id = next_producer_id
        self.by_id: dict[str, Transaction] = {}
        self.by_producer: dict[int, Transaction] = {}
        for name, fact in journal.under(TRANSACTION).items():
            self._know(Transaction.from_fact(name, fact))
        for each in self.by_id.values():
            if each.state in PREPARED:
                self._complete(each, again=True)

    def _know(self, transaction: Transaction) -> None:
        self.by_id[transaction.id] = transaction
        self.by_producer[transaction.producer_id] = transaction

    def _record(self, transaction: Transaction) -> None:
        self._journal.put((TRANSACTION + transaction.id, transaction.as_fact()))

    # -- producers ------------------------------------------------------------

    def begin_producer(
        self, name: str, timeout: int, expected: tuple[int, int] | None
    ) -> Transaction:
        """Give a producer the next epoch; one that has the same transactional id is fenced by it.

        What that one left open is aborted. `expected` is the id and epoch that the producer has
        already (KIP-360). Raises RefusedError where another has taken its place.
        """
        known = self.by_id.get(name)
        if known is None:
            known = Transaction(name, self._next_producer_id(), timeout)
        if expected is not None:
            _check_expected(known, expected)
        if known.state is State.ONGOING:
            self._fence(known)
            expected = None
        elif expected is not None and known.epoch not in (NO_EPOCH, expected[1]):
            return known  # it asks again, for its answer was lost
        self._bump(known, keep=expected is not None)
        known.become(State.EMPTY)
        known.timeout = timeout
        known.started = -1
        known.clear()
        self._know(known)
        self._record(known)
        return known

    def _bump(self, known: Transaction, *, keep: bool) -> None:
        """Raise the epoch; a producer whose epochs are used up gets another id."""
        known.last_epoch = known.epoch if keep else NO_EPOCH
        known.epoch += 1
        if known.epoch > LAST_EPOCH:
            self.by_producer.pop(known.producer_id, None)
            known.producer_id, known.epoch, known.last_epoch = self._next_producer_id(), 0, NO_EPOCH

    def _fence(self, known: Transaction) -> None:
        """Abort what is open under an epoch that its producer does not have."""
        known.epoch += 1
        known.last_epoch = NO_EPOCH
        self._end(known, commit=False)

    def find(self, name: str, producer_id: int, epoch: int) -> Transaction:
        """Give the transaction of a producer; raises RefusedError where it is not the producer's."""
        known = self.by_id.get(name)
        if not name:
            raise RefusedError(Code.INVALID_REQUEST)
        if known is None or known.producer_id != producer_id:
            raise RefusedError(Code.INVALID_PRODUCER_ID_MAPPING)
        if known.epoch != epoch:
            raise RefusedError(Code.PRODUCER_FENCED)
        return known

    def check_write(self, producer_id: int, epoch: int, place: Place) -> Code:
        """Say whether a transactional batch may be written to a partition (KIP-890)."""
        known = self.by_producer.get(producer_id)
        if known is None:
            return Code.INVALID_PRODUCER_ID_MAPPING
        if known.epoch != epoch:
            return Code.INVALID_PRODUCER_EPOCH
        if known.state is not State.ONGOING or place not in known.partitions:
            return Code.INVALID_TXN_STATE
        return Code.NONE

    # -- what a transaction touches -------------------------------------------

    def add_partitions(self, transaction: Transaction, places: Iterable[Place]) -> None:
        """Note that a transaction will write to partitions."""
        transaction.begin(self._wall_clock())
        transaction.partitions |= set(places)
        self._record(transaction)

    def add_group(self, transaction: Transaction, group: str) -> None:
        """Note that a transaction will commit offsets of a group."""
        transaction.begin(self._wall_clock())
        transaction.offsets.setdefault(group, {})
        self._record(transaction)

    def add_offsets(
        self, transaction: Transaction, group: str, offsets: Mapping[Place, Committed]
    ) -> None:
        """Keep offsets that are the group's once the transaction commits; raises RefusedError."""
        if transaction.state is not State.ONGOING or group not in transaction.offsets:
            raise RefusedError(Code.INVALID_TXN_STATE)
        transaction.offsets[group].update(offsets)
        self._record(transaction)

    def pending(self, group: str) -> set[Place]:
        """Give the partitions whose offset of a group an open transaction may yet change."""
        return {
            place
            for each in self.by_id.values()
            if each.state is State.ONGOING
            for place in each.offsets.get(group, ())
        }

    # -- ends -----------------------------------------------------------------

    def end(self, transaction: Transaction, *, commit: bool) -> None:
        """Commit or abort; to do the same again is harmless. Raises RefusedError."""
        if transaction.state in ENDED and ENDED[transaction.state] == commit:
            return
        if transaction.state is not State.ONGOING:
            raise RefusedError(Code.INVALID_TXN_STATE)
        self._end(transaction, commit=commit)

    def _end(self, transaction: Transaction, *, commit: bool) -> None:
        transaction.become(State.PREPARE_COMMIT if commit else State.PREPARE_ABORT)
        self._record(transaction)
        self._complete(transaction, again=False)

    def _complete(self, transaction: Transaction, *, again: bool) -> None:
        """Write markers and offsets; `again`: only the markers that are missing."""
        commit = PREPARED[transaction.state]
        for place in sorted(transaction.partitions):
            self.write_marker(
                place, transaction.producer_id, transaction.epoch, commit=commit, if_open=again
            )
        if commit:
            for group, offsets in transaction.offsets.items():
                listed = [(topic, index, each) for (topic, index), each in offsets.items()]
                self._offsets.commit(group, listed)
        transaction.become(State.COMPLETE_COMMIT if commit else State.COMPLETE_ABORT)
        transaction.clear()
        self._record(transaction)

    def write_marker(
        self, place: Place, producer_id: int, epoch: int, *, commit: bool, if_open: bool = False
    ) -> Code:
        """End a producer's transaction in one partition; `if_open`: unless nothing is open there."""
        log = self._topics.find(*place)
        if log is None:
            return Code.UNKNOWN_TOPIC_OR_PARTITION
        if not if_open or producer_id in log.transactions.first_offsets:
            now = self._wall_clock()
            log.append(make_marker(producer_id, epoch, commit=commit, timestamp=now))
            self._wake(place)
        return Code.NONE

    def expire(self) -> None:
        """Abort what is open for too long; its producer is fenced."""
        now = self._wall_clock()
        for each in self.by_id.values():
            if each.is_overdue(now):
                self._fence(each)


def _check_expected(known: Transaction, expected: tuple[int, int]) -> None:
    """Raise RefusedError where a producer's id and epoch are not those that it should have."""
    producer_id, epoch = expected
    if known.epoch == NO_EPOCH:
        return
    if known.producer_id != producer_id or epoch not in (known.epoch, known.last_epoch):
        raise RefusedError(Code.PRODUCER_FENCED)
