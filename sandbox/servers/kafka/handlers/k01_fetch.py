"""Fetch (1): read record batches.

Versions 4 to 18. Waits until min_bytes are there or max_wait_ms is over, and holds up its own
connection alone. Gives whole batches, so the first ones may begin before the asked offset.

Not implemented: fetch sessions (KIP-227; every answer has session id 0, which clients accept);
followers; transactions (both isolation levels read everything).
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


def handle(request: Request) -> Outcome:
    """Answer at once with what is there, or wait for more."""
    if request.body.session_id:
        return _reply(request, [], Code.FETCH_SESSION_ID_NOT_FOUND)
    return _attempt(request, expired=request.body.max_wait_ms <= 0)


def _attempt(request: Request, *, expired: bool) -> Outcome:
    body = request.body
    reading = Reading(left=body.max_bytes)
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
    taken: int = 0
    failed: bool = False

    def read(self, log: PartitionLog, offset: int, limit: int) -> bytes:
        """Take batches from `offset` on; one at least where the answer has none yet (KIP-74)."""
        limit = min(limit, self.left)
        if limit <= 0 and self.taken:
            return b""
        records = log.read(offset, limit)
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
            answers.append(_answer(each.partition, missing, -1, -1))
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
    reading.failed = reading.failed or bool(code)
    return _answer(asked.partition, code, log.end, log.start, records)


def _answer(index: int, code: Code, end: int, start: int, records: bytes = b"") -> Any:
    return Partitions(
        partition_index=index,
        error_code=code,
        high_watermark=end,
        last_stable_offset=end,
        log_start_offset=start,
        aborted_transactions=None,
        preferred_read_replica=-1,
        records=records,
    )


def _reply(request: Request, responses: list[Any], code: Code = Code.NONE) -> Reply:
    return Reply(
        FetchResponse(version=request.version, error_code=code, session_id=0, responses=responses)
    )
