"""The loop of an app that reads a topic: work first, commit after, stop in order.

What was read but not committed is read again after a crash, so work must bear being done twice.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

if TYPE_CHECKING:
    from types import FrameType

Records = Sequence[Any]
Work = Callable[[Records], None]

POLL_MS = 100
AT_MOST = 500
# How long to wait before work that failed is tried again, in seconds.
TRY_AGAIN = (0.1, 0.5, 1, 2, 5)


class Announce(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python has no types
    """Says `ready` when the group has given this consumer its part, and forgets what it held."""

    def __init__(self, on_lost: Callable[[], None]) -> None:
        """Call `on_lost` whenever partitions are taken away."""
        self._on_lost = on_lost

    def on_partitions_revoked(self, revoked: object) -> None:  # noqa: ARG002 - kafka-python's
        """Forget."""
        self._on_lost()

    def on_partitions_assigned(self, assigned: Sequence[Any]) -> None:
        """Say so."""
        say(f"ready: {len(assigned)} partitions")


def consume(
    topic: str,
    group: str,
    bootstrap_servers: str,
    work: Work,
    *,
    on_lost: Callable[[], None] = lambda: None,
) -> None:
    """Read `topic` in `group` until SIGTERM or SIGINT; offsets are committed after the work.

    Work that raises is tried again with the same records, and nothing is committed meanwhile. A
    broker that is away for a while is waited for.
    """
    stopping = threading.Event()
    _stop_on_signals(stopping)
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=AT_MOST,
    )
    try:
        consumer.subscribe([topic], listener=Announce(on_lost))
        # Ask which topics there are before the first join: what kafka-python learns after it makes
        # it join again, and 3.0.12 never takes up what that join gave if a poll ends meanwhile.
        _until_done(consumer.topics, stopping)
        while not stopping.is_set():
            _turn(consumer, work, stopping)
    finally:
        consumer.close(autocommit=False)
        say("stopped")


def _turn(consumer: KafkaConsumer, work: Work, stopping: threading.Event) -> None:
    """Read once, work, commit."""
    batches: Mapping[Any, Records] = {}

    def read() -> None:
        nonlocal batches
        batches = consumer.poll(timeout_ms=POLL_MS)

    _until_done(read, stopping)
    records = [record for batch in batches.values() for record in batch]
    if records and _until_done(lambda: work(records), stopping):
        _until_done(lambda: _commit(consumer, _after(batches)), stopping)


def _commit(consumer: KafkaConsumer, offsets: Mapping[Any, OffsetAndMetadata]) -> None:
    """Commit; where the group has given our part to another, that one does the work again."""
    try:
        consumer.commit(offsets)
    except KafkaError as error:
        if error.retriable:
            raise
        say(f"not committed: {type(error).__name__}: {error}")


def _stop_on_signals(stopping: threading.Event) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _until_done(act: Callable[[], object], stopping: threading.Event) -> bool:
    """Act, however often it takes; False when told to stop before it was done."""
    failures = 0
    while not stopping.is_set():
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, the records stay uncommitted
            pause = TRY_AGAIN[min(failures, len(TRY_AGAIN) - 1)]
            failures += 1
            say(f"failed, again in {pause} s: {type(error).__name__}: {error}")
            stopping.wait(pause)
        else:
            return True
    return False


def _after(batches: Mapping[Any, Records]) -> dict[Any, OffsetAndMetadata]:
    """Give the offset after the last record of each partition."""
    return {
        partition: OffsetAndMetadata(records[-1].offset + 1, "", -1)
        for partition, records in batches.items()
    }


def say(line: str) -> None:
    """Write a line to the log."""
    print(line, file=sys.stdout, flush=True)  # noqa: T201 - this is the app's log
