"""The transactions in one partition: which are open, which were aborted, how far all is decided."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.servers.kafka.state.batch import Batch


@dataclass(frozen=True, slots=True)
class Aborted:
    """A transaction whose records nobody may read: first offset, and that of its marker."""

    producer_id: int
    first: int
    last: int


class OpenTransactions:
    """What a log knows of transactions, read from the headers of its batches."""

    def __init__(self) -> None:
        """Know none."""
        self.first_offsets: dict[int, int] = {}
        self.aborted: list[Aborted] = []

    def append(self, batch: Batch, *, commits: bool | None) -> None:
        """Take in a batch that was written; `commits` is None unless it is a marker."""
        if commits is None:
            if batch.is_transactional:
                self.first_offsets.setdefault(batch.producer_id, batch.base_offset)
            return
        first = self.first_offsets.pop(batch.producer_id, None)
        if first is not None and not commits:
            self.aborted.append(Aborted(batch.producer_id, first, batch.base_offset))

    def last_stable(self, end: int) -> int:
        """Give the first offset that is not decided yet; `end` where all is."""
        return min(self.first_offsets.values(), default=end)

    def aborted_between(self, start: int, end: int) -> list[Aborted]:
        """List the aborted transactions that have records from `start` on and before `end`."""
        begin = bisect_left(self.aborted, start, key=lambda each: each.last)
        return [each for each in self.aborted[begin:] if each.first < end]

    def forget_before(self, start: int) -> None:
        """Forget aborted transactions that lie wholly before `start`."""
        del self.aborted[: bisect_left(self.aborted, start, key=lambda each: each.last)]
