"""Fetch (1): read record batches.

Versions 4 to 18. Waits until min_bytes are there or max_wait_ms is over, and holds up its own
connection alone. Gives whole batches, so the first ones may begin before the asked offset. With the isolation
level read_committed it ends where a transaction is still open, and says which are aborted (KIP-98).

Not implemented: fetch sessions (KIP-227; every answer has session id 0, which clients accept);
followers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka.protocol.consumer import FetchResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Park, Reply
from sandbox.servers.kafka.state.log import LEADER_EPOCH

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.log import PartitionLog
    from sandbox.servers.kafka.state.topics import Topic

Topics = FetchResponse.FetchableTopicResponse
Partitions = Topics.PartitionData

TOPIC_IDS_FROM = 13
READ_COMMITTED = 1
FIRST_OF_SESSION, WITHOUT_SESSION = 0, -1


def handle(request: Request) -> Outcome:
    """Answer at once with what is there, or wait for more."""
    # Epochs 0 and -1 ask for all that they name, whatever session they speak of.
    if request.body.session_epoch not in (FIRST_OF_SESSION, WITHOUT_SESSION):
        return _reply(request, [], Code.FETCH_SESSION_ID_NOT_FOUND)
    return _attempt(request, expired=request.body.max_wait_ms <= 0)


def _attempt(request: Request, *, expired: bool) -> Outcome:
    body = request.body
    reading = Reading(body.max_bytes, body.isolation_level == READ_COMMITTED)
    topics = [(each, _find(request, each)) for each in body.topics]
    responses = [_topic(request, asked, topic, reading) for asked, topic in topics]
    if expired or reading.failed or reading.taken >= body.min_bytes or not topics:
        return _reply(request, responses)
    keys = tuple(
        (topic.name, each.partition)
        for asked, topic in topics
        if topic is not None
        for each in asked.partitions
    )
    return Park(keys, body.max_wait_ms / 1000, lambda over: _attempt(request, expired=over))


@dataclass(slots=True)
class Reading:
    """How far one answer is: bytes it may still take, bytes it has, whether a partition failed."""

    left: int
    only_committed: bool
    taken: int = 0
    failed: bool = False

    def read(self, log: PartitionLog, offset: int, limit: int) -> bytes:
        """Take batches from `offset` on; one at least where the answer has none yet (KIP-74)."""
        limit = min(limit, self.left)
        if limit <= 0 and self.taken:
            return b""
        records = log.read(offset, limit, log.last_stable if self.only_committed else None)
        if len(records) > limit and self.taken:
            return b""
        self.taken += len(records)
        self.left -= len(records)
        return records


def _find(request: Request, asked: Any) -> Topic | None:
    return request.cluster.topics.lookup(asked.topic, asked.topic_id)


def _topic(request: Request, asked: Any, topic: Topic | None, reading: Reading) -> Any:
    missing = Code.UNKNOWN_TOPIC_OR_PARTITION
    if request.version >= TOPIC_IDS_FROM and topic is None:
        missing = Code.UNKNOWN_TOPIC_ID
    answers = []
    for each in asked.partitions:
        log = topic.partition(each.partition) if topic else None
        if log is None:
            reading.failed = True
            answers.append(_answer(each.partition, missing, None, aborted=[]))
        else:
            answers.append(_partition(log, each, reading))
    return Topics(topic=asked.topic, topic_id=asked.topic_id, partitions=answers)


def _partition(log: PartitionLog, asked: Any, reading: Reading) -> Any:
    code, records = Code.NONE, b""
    if asked.current_leader_epoch > LEADER_EPOCH:
        code = Code.UNKNOWN_LEADER_EPOCH
    elif not log.start <= asked.fetch_offset <= log.end:
        code = Code.OFFSET_OUT_OF_RANGE
    else:
        records = reading.read(log, asked.fetch_offset, asked.partition_max_bytes)
    if code:
        reading.failed = True
        return _answer(asked.partition, code, None)
    aborted = _aborted(log, asked.fetch_offset) if reading.only_committed else None
    return _answer(asked.partition, code, log, records, aborted)


def _aborted(log: PartitionLog, offset: int) -> list[Any]:
    """List what a reader from `offset` on must leave out, as far as it is decided."""
    return [
        Partitions.AbortedTransaction(producer_id=each.producer_id, first_offset=each.first)
        for each in log.transactions.aborted_between(offset, log.last_stable)
    ]


def _answer(
    index: int,
    code: Code,
    log: PartitionLog | None,
    records: bytes = b"",
    aborted: list[Any] | None = None,
) -> Any:
    return Partitions(
        partition_index=index,
        error_code=code,
        high_watermark=log.end if log else -1,
        last_stable_offset=log.last_stable if log else -1,
        log_start_offset=log.start if log else -1,
        aborted_transactions=aborted,
        preferred_read_replica=-1,
        records=records,
    )


def _reply(request: Request, responses: list[Any], code: Code = Code.NONE) -> Reply:
    return Reply(
        FetchResponse(version=request.version, error_code=code, session_id=0, responses=responses)
    )
