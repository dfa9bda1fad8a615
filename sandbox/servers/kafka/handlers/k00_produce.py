"""Produce (0): append record batches to partitions.

Versions 3 to 13. A batch is checked (length, CRC, size, producer sequence), then appended as the
client sent it, compression and all; only base offset and leader epoch are written over. A batch
that an idempotent producer sends again is answered with the offset it got the first time. With
acks=0 nothing is answered, and an error closes the connection, as with Kafka. A transactional batch
is taken where its transaction said before that it would write there (KIP-890).

Not implemented: message formats before v2 (answered with error 43).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.producer import ProduceResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply, Sever, Silence
from sandbox.servers.kafka.state.batch import (
    CorruptBatchError,
    InvalidBatchError,
    OldFormatError,
    check_sent,
    stamp,
)
from sandbox.servers.kafka.state.compression import UnreadableError
from sandbox.servers.kafka.state.producers import (
    DuplicateSequenceError,
    OutOfOrderSequenceError,
    StaleEpochError,
)

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state import Cluster
    from sandbox.servers.kafka.state.batch import Batch, Bytes
    from sandbox.servers.kafka.state.log import PartitionLog
    from sandbox.servers.kafka.state.topics import Topic
    from sandbox.servers.kafka.state.transaction import Place

Topics = ProduceResponse.TopicProduceResponse
Partitions = Topics.PartitionProduceResponse

TOPIC_IDS_FROM = 13
ACKS = (-1, 0, 1)


class TooLargeError(Exception):
    """A batch is larger than max.message.bytes."""


class KeylessError(Exception):
    """Records have no key, in a topic that keeps the last of each; `at` are their places."""

    def __init__(self, at: list[int]) -> None:
        """Keep the places."""
        super().__init__("a compacted topic takes no record without a key")
        self.at = at


class TransactionStateError(Exception):
    """A batch is outside of its producer's transaction; `code` says how."""

    def __init__(self, code: Code) -> None:
        """Keep the code."""
        super().__init__(code.name)
        self.code = code


REFUSED = {
    TooLargeError: Code.MESSAGE_TOO_LARGE,
    CorruptBatchError: Code.CORRUPT_MESSAGE,
    OldFormatError: Code.UNSUPPORTED_FOR_MESSAGE_FORMAT,
    InvalidBatchError: Code.INVALID_RECORD,
    OutOfOrderSequenceError: Code.OUT_OF_ORDER_SEQUENCE_NUMBER,
    DuplicateSequenceError: Code.DUPLICATE_SEQUENCE_NUMBER,
    StaleEpochError: Code.INVALID_PRODUCER_EPOCH,
    UnreadableError: Code.CORRUPT_MESSAGE,
    OSError: Code.KAFKA_STORAGE_ERROR,
}
# Errors that come from a log, and so with its start.
OF_SEQUENCE = (OutOfOrderSequenceError, DuplicateSequenceError, StaleEpochError)


def handle(request: Request) -> Outcome:
    """Append to every partition that is named, and answer for each."""
    body = request.body
    responses = [_topic(request, each) for each in body.topic_data]
    if body.acks == 0:
        answers = [each for topic in responses for each in topic.partition_responses]
        return Sever() if any(each.error_code for each in answers) else Silence()
    return Reply(ProduceResponse(version=request.version, responses=responses))


def _topic(request: Request, sent: Any) -> Any:
    topic = request.cluster.topics.lookup(sent.name, sent.topic_id)
    missing = Code.UNKNOWN_TOPIC_OR_PARTITION
    if request.version >= TOPIC_IDS_FROM and topic is None:
        missing = Code.UNKNOWN_TOPIC_ID
    answers = []
    for each in sent.partition_data:
        if request.body.acks not in ACKS:
            answers.append(_refuse(each.index, Code.INVALID_REQUIRED_ACKS))
        elif topic is not None and topic.is_internal:
            answers.append(_refuse(each.index, Code.INVALID_TOPIC_EXCEPTION))
        elif topic is None or topic.partition(each.index) is None:
            answers.append(_refuse(each.index, missing))
        else:
            answers.append(_append(request.cluster, topic, each))
    return Topics(name=sent.name, topic_id=sent.topic_id, partition_responses=answers)


def _append(cluster: Cluster, topic: Topic, sent: Any) -> Any:
    try:
        offset, stamped = _write(cluster, topic, sent.index, sent.records or b"")
    except TransactionStateError as error:
        return _refuse(sent.index, error.code)
    except KeylessError as error:
        return _refuse_records(sent.index, error, topic.partitions[sent.index].start)
    except tuple(REFUSED) as error:
        code = next(code for kind, code in REFUSED.items() if isinstance(error, kind))
        start = topic.partitions[sent.index].start if isinstance(error, OF_SEQUENCE) else -1
        return _refuse(sent.index, code, str(error) or None, start)
    cluster.wake((topic.name, sent.index))
    return Partitions(
        index=sent.index,
        error_code=Code.NONE,
        base_offset=offset,
        log_append_time_ms=stamped,
        log_start_offset=topic.partitions[sent.index].start,
        error_message=None,
    )


def _write(cluster: Cluster, topic: Topic, index: int, records: Any) -> tuple[int, int]:
    """Check and append; gives base offset, and the time where the log stamps its own."""
    # What came over the network is changed where it lies; what is not ours to change is copied.
    is_ours = isinstance(records, memoryview) and not records.readonly
    data = records if is_ours else bytearray(records)
    batch = check_sent(data)
    if batch.size > topic.settings.largest_message:
        raise TooLargeError
    if topic.settings.compacts:
        _check_keys(data)
    log = topic.partitions[index]
    written_before = log.producers.check(batch)
    if written_before is not None:
        return written_before, batch.max_timestamp
    _check_transaction(cluster, batch, (topic.name, index), log)
    stamped = -1
    if topic.settings.stamps:
        stamped = cluster.wall_clock()
        stamp(data, stamped)
    return log.append(data), stamped


def _check_keys(data: Bytes) -> None:
    """Raise KeylessError where a record has no key: nobody could say which one comes after it."""
    from sandbox.servers.kafka.state.records import read_records  # noqa: PLC0415 - rare

    keyless = [at for at, record in enumerate(read_records(bytes(data))) if record.key is None]
    if keyless:
        raise KeylessError(keyless)


def _check_transaction(cluster: Cluster, batch: Batch, place: Place, log: PartitionLog) -> None:
    """Raise TransactionStateError where a batch belongs to no transaction, or should to one."""
    code = Code.NONE
    if batch.is_transactional:
        code = cluster.transactions.check_write(batch.producer_id, batch.producer_epoch, place)
    elif batch.producer_id in log.transactions.first_offsets:
        code = Code.INVALID_TXN_STATE
    if code:
        raise TransactionStateError(code)


def _refuse_records(index: int, error: KeylessError, start: int) -> Any:
    answer = _refuse(index, Code.INVALID_RECORD, str(error), start)
    answer.record_errors = [
        Partitions.BatchIndexAndErrorMessage(batch_index=at, batch_index_error_message=str(error))
        for at in error.at
    ]
    return answer


def _refuse(index: int, code: Code, why: str | None = None, start: int = -1) -> Any:
    return Partitions(
        index=index,
        error_code=code,
        base_offset=-1,
        log_append_time_ms=-1,
        log_start_offset=start,
        error_message=why,
    )
