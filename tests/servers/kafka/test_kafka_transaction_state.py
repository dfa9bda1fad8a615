"""Transactions as state: who may do what when, what times out, what a half-done end leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from batches import make_batch
from kafka_wire import BY_NAME
from room import Room

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.state.batch import read_batch
from sandbox.servers.kafka.state.marker import is_commit, make_marker
from sandbox.servers.kafka.state.transaction import LAST_EPOCH, TRANSITIONS, State, Transaction

if TYPE_CHECKING:
    from pathlib import Path

PLACE = ("t", 0)


def begin(room: Room, producer: tuple[int, int] = (-1, -1), timeout: int = 60_000) -> Any:
    """Ask for a producer id as `id`; gives the answer."""
    return room.ask(
        "InitProducerId",
        4,
        transactional_id="id",
        transaction_timeout_ms=timeout,
        producer_id=producer[0],
        producer_epoch=producer[1],
    )


def add(
    room: Room, producer: tuple[int, int], *places: tuple[str, int], version: int = 3
) -> list[Code]:
    """Add partitions; gives the error of each."""
    topics = BY_NAME["AddPartitionsToTxn"].request.AddPartitionsToTxnTopic
    answer = room.ask(
        "AddPartitionsToTxn",
        version,
        v3_and_below_transactional_id="id",
        v3_and_below_producer_id=producer[0],
        v3_and_below_producer_epoch=producer[1],
        v3_and_below_topics=[topics(name=name, partitions=[index]) for name, index in places],
    )
    return [
        Code(each.partition_error_code)
        for topic in answer.results_by_topic_v3_and_below
        for each in topic.results_by_partition
    ]


def write(
    room: Room, producer: tuple[int, int], sequence: int = 0, *, transactional: bool = True
) -> Code:
    """Write one record to partition 0."""
    batch = make_batch(b"x", producer=(*producer, sequence), transactional=transactional)
    topics = BY_NAME["Produce"].request.TopicProduceData
    data = topics.PartitionProduceData(index=0, records=bytes(batch))
    answer = room.ask("Produce", 8, acks=-1, topic_data=[topics(name="t", partition_data=[data])])
    return Code(answer.responses[0].partition_responses[0].error_code)


def end(room: Room, producer: tuple[int, int], *, commit: bool = True, version: int = 3) -> Code:
    """End the transaction."""
    fields = {"producer_id": producer[0], "producer_epoch": producer[1], "committed": commit}
    return Code(room.ask("EndTxn", version, transactional_id="id", **fields).error_code)


def started(room: Room, **more: int) -> tuple[int, int]:
    """Begin a producer whose transaction has written one record; gives id and epoch."""
    answer = begin(room, **more)
    producer = (answer.producer_id, answer.producer_epoch)
    assert add(room, producer, PLACE) == [Code.NONE]
    assert write(room, producer) == Code.NONE
    return producer


def test_every_state_has_its_transitions() -> None:
    """The table has every state, and a step that it does not have is refused."""
    assert set(TRANSITIONS) == set(State)
    transaction = Transaction("id", 1, 1000)
    with pytest.raises(ValueError, match="Empty cannot become CompleteCommit"):
        transaction.become(State.COMPLETE_COMMIT)


@pytest.mark.parametrize("commit", [True, False])
def test_a_marker_is_a_batch_that_says_how_it_ended(*, commit: bool) -> None:
    """A marker is whole, of its producer, and holds one control record."""
    data = make_marker(7, 3, commit=commit, timestamp=5)
    batch = read_batch(data)
    assert (batch.size, batch.count, batch.is_control, batch.is_transactional) == (
        78,
        1,
        True,
        True,
    )
    assert (batch.producer_id, batch.producer_epoch, batch.max_timestamp) == (7, 3, 5)
    assert is_commit(data) == commit


def test_a_record_outside_of_a_transaction_is_refused(room: Room) -> None:
    """A partition must have been added first; and a transaction has no records that are outside."""
    answer = begin(room)
    producer = (answer.producer_id, answer.producer_epoch)
    assert write(room, producer) == Code.INVALID_TXN_STATE
    assert add(room, producer, ("t", 1)) == [Code.NONE]
    assert write(room, producer) == Code.INVALID_TXN_STATE
    assert add(room, producer, PLACE) == [Code.NONE]
    assert write(room, producer) == Code.NONE
    assert write(room, producer, 1, transactional=False) == Code.INVALID_TXN_STATE
    assert write(room, (99, 0)) == Code.INVALID_PRODUCER_ID_MAPPING


def test_partitions_are_added_all_or_none(room: Room) -> None:
    """One that is missing keeps the others out."""
    producer = started(room)
    answer = add(room, producer, ("t", 1), ("gone", 0))
    assert answer == [Code.OPERATION_NOT_ATTEMPTED, Code.UNKNOWN_TOPIC_OR_PARTITION]
    assert room.cluster.transactions.by_id["id"].partitions == {PLACE}


@pytest.mark.parametrize("commit", [True, False])
def test_the_end_is_decided_once(room: Room, *, commit: bool) -> None:
    """To end it again in the same way is harmless, in the other it is refused."""
    producer = started(room)
    assert room.cluster.topics.by_name["t"].partitions[0].last_stable == 0
    assert end(room, producer, commit=commit) == Code.NONE
    assert end(room, producer, commit=commit) == Code.NONE
    assert end(room, producer, commit=not commit) == Code.INVALID_TXN_STATE
    log = room.cluster.topics.by_name["t"].partitions[0]
    assert (log.end, log.last_stable) == (2, 2)
    assert [each.first for each in log.transactions.aborted] == ([] if commit else [0])
    assert PLACE in room.woken


def test_there_is_nothing_to_end_yet(room: Room) -> None:
    """A producer that has begun no transaction has none to end."""
    answer = begin(room)
    assert end(room, (answer.producer_id, answer.producer_epoch)) == Code.INVALID_TXN_STATE


def test_the_next_producer_fences(room: Room) -> None:
    """A new one gets a newer epoch, what was open is aborted, and the old one is told so."""
    old = started(room)
    answer = begin(room)
    assert (answer.producer_id, answer.producer_epoch) == (old[0], old[1] + 2)
    assert end(room, old) == Code.PRODUCER_FENCED
    assert end(room, old, version=1) == Code.INVALID_PRODUCER_EPOCH
    assert add(room, old, PLACE) == [Code.PRODUCER_FENCED]
    assert write(room, old, 1) == Code.INVALID_PRODUCER_EPOCH
    assert end(room, (99, 0)) == Code.INVALID_PRODUCER_ID_MAPPING
    log = room.cluster.topics.by_name["t"].partitions[0]
    assert [each.first for each in log.transactions.aborted] == [0]


def test_a_producer_may_ask_for_its_next_epoch(room: Room) -> None:
    """With id and epoch it is bumped (KIP-360); asked again it is answered the same; others are not."""
    answer = begin(room)
    producer = (answer.producer_id, answer.producer_epoch)
    for _ in range(2):
        again = begin(room, producer)
        assert (again.error_code, again.producer_id, again.producer_epoch) == (0, producer[0], 1)
    begin(room)
    assert begin(room, producer).error_code == Code.PRODUCER_FENCED


def test_epochs_that_are_used_up_give_another_id(room: Room) -> None:
    """After the last epoch a producer has a new id, and begins at 0."""
    answer = begin(room)
    room.cluster.transactions.by_id["id"].epoch = LAST_EPOCH
    again = begin(room)
    assert (again.producer_id != answer.producer_id, again.producer_epoch) == (True, 0)


def test_what_is_open_too_long_is_aborted(room: Room) -> None:
    """After transaction.timeout.ms the broker aborts, and the producer is fenced."""
    producer = started(room, timeout=5_000)
    room.time += 4_999
    room.cluster.transactions.expire()
    assert room.cluster.transactions.by_id["id"].state is State.ONGOING
    room.time += 1
    room.cluster.transactions.expire()
    assert room.cluster.transactions.by_id["id"].state is State.COMPLETE_ABORT
    assert end(room, producer) == Code.PRODUCER_FENCED


@pytest.mark.parametrize("timeout", [0, -1, 900_001])
def test_a_timeout_has_limits(room: Room, timeout: int) -> None:
    """transaction.max.timeout.ms is Kafka's quarter of an hour."""
    assert begin(room, timeout=timeout).error_code == Code.INVALID_TRANSACTION_TIMEOUT


def test_offsets_wait_for_the_end(room: Room) -> None:
    """Offsets of an open transaction are nobody's; who wants stable ones is told to come again."""
    producer = started(room)
    fields = {"transactional_id": "id", "producer_id": producer[0], "producer_epoch": producer[1]}
    topics = BY_NAME["TxnOffsetCommit"].request.TxnOffsetCommitRequestTopic
    place = topics.TxnOffsetCommitRequestPartition(
        partition_index=0, committed_offset=7, committed_metadata=""
    )
    asked = {**fields, "group_id": "g", "topics": [topics(name="t", partitions=[place])]}

    def commit() -> Code:
        answer = room.ask("TxnOffsetCommit", 3, **asked)
        return Code(answer.topics[0].partitions[0].error_code)

    def fetch(*, stable: bool) -> tuple[int, int]:
        named = BY_NAME["OffsetFetch"].request.OffsetFetchRequestTopic
        wanted = [named(name="t", partition_indexes=[0])]
        answer = room.ask("OffsetFetch", 7, group_id="g", topics=wanted, require_stable=stable)
        (found,) = answer.topics[0].partitions
        return found.error_code, found.committed_offset

    assert commit() == Code.INVALID_TXN_STATE
    assert room.ask("AddOffsetsToTxn", 3, group_id="g", **fields).error_code == Code.NONE
    assert commit() == Code.NONE
    assert fetch(stable=False) == (Code.NONE, -1)
    assert fetch(stable=True) == (Code.UNSTABLE_OFFSET_COMMIT, -1)
    assert end(room, producer) == Code.NONE
    assert fetch(stable=True) == (Code.NONE, 7)


def test_an_end_that_was_cut_off_is_finished(room: Room, tmp_path: Path) -> None:
    """Killed between the decision and the last marker, the next start writes what is missing, once."""
    producer = started(room)
    add(room, producer, ("t", 1))
    known = room.cluster.transactions.by_id["id"]
    known.become(State.PREPARE_COMMIT)
    room.cluster.transactions._record(known)
    room.cluster.transactions.write_marker(PLACE, *producer, commit=True)
    room.cluster.close()
    again = Room(tmp_path)
    assert again.cluster.transactions.by_id["id"].state is State.COMPLETE_COMMIT
    log = again.cluster.topics.by_name["t"].partitions[0]
    assert (log.end, log.last_stable, log.transactions.aborted) == (2, 2, [])
    assert end(again, producer) == Code.NONE
    again.cluster.close()
    room.cluster = Room(tmp_path).cluster


def test_a_marker_by_hand_ends_what_hangs(room: Room) -> None:
    """An administrator may abort a transaction in a partition (KIP-664)."""
    producer = started(room)
    marker = BY_NAME["WriteTxnMarkers"].request.WritableTxnMarker
    place = [marker.WritableTxnMarkerTopic(name="t", partition_indexes=[0, 9])]
    fields = {"producer_id": producer[0], "producer_epoch": producer[1], "coordinator_epoch": 0}
    asked = [marker(**fields, transaction_result=False, topics=place)]
    answer = room.ask("WriteTxnMarkers", 1, markers=asked)
    codes = [each.error_code for each in answer.markers[0].topics[0].partitions]
    assert codes == [Code.NONE, Code.UNKNOWN_TOPIC_OR_PARTITION]
    assert room.cluster.topics.by_name["t"].partitions[0].last_stable == 2


def test_transactions_are_listed_by_filter(room: Room) -> None:
    """By state, producer, time and pattern; states and patterns that there are not are said."""
    producer = started(room)
    room.time += 100

    def listed(**filters: Any) -> list[str]:
        asked = {"state_filters": [], "producer_id_filters": [], "duration_filter": -1}
        answer = room.ask("ListTransactions", 2, **{**asked, **filters})
        return [each.transactional_id for each in answer.transaction_states]

    assert listed() == listed(state_filters=["Ongoing"]) == listed(duration_filter=50) == ["id"]
    assert (
        listed(producer_id_filters=[producer[0]]) == listed(transactional_id_pattern="i.") == ["id"]
    )
    assert listed(state_filters=["Empty"]) == listed(duration_filter=100) == []
    assert listed(producer_id_filters=[5]) == listed(transactional_id_pattern="i") == []
    asked = {"producer_id_filters": [], "duration_filter": -1}
    answer = room.ask("ListTransactions", 1, state_filters=["Odd"], **asked)
    assert answer.unknown_state_filters == ["Odd"]
    answer = room.ask(
        "ListTransactions", 2, state_filters=[], transactional_id_pattern="(", **asked
    )
    assert answer.error_code == Code.INVALID_REGULAR_EXPRESSION
