"""Stories of transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batches import make_batch
from kafka_wire import BY_NAME

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from script import Script


def committed_and_aborted(script: Script) -> None:
    """See with both kinds of readers what is open, then committed, then aborted."""
    name = script.topic
    producer = script.producer(name)
    script.add(name, producer, 0)
    _write(script, producer, 0)
    _look(script)
    script.end(name, producer, commit=True)
    _decided(script)
    _look(script)
    script.add(name, producer, 0)
    _write(script, producer, 1)
    script.end(name, producer, commit=False)
    _decided(script)
    _look(script, 2)
    script.end(name, producer, commit=False)
    script.end(name, producer, commit=True)


def ends_that_cannot_be(script: Script) -> None:
    """Nothing begun, a stranger, an old epoch; names and timeouts that are none."""
    name = script.topic
    producer = script.producer(name)
    script.end(name, producer, commit=True)
    script.end("nobody", producer, commit=True)
    script.end(name, (producer[0] + 999, 0), commit=True)
    script.end(name, (producer[0], 7), commit=True)
    script.add(name, (producer[0], 7), 0)
    script.add(name, producer, 0, 9)
    script.add("nobody", producer, 0)
    script.producer("")
    script.producer(name, timeout=0)
    script.producer(name, timeout=10_000_000)


def a_producer_is_fenced(script: Script) -> None:
    """Take a name over: the next one has a newer epoch, the one before can do no more."""
    name = script.topic
    old = script.producer(name)
    script.add(name, old, 0)
    _write(script, old, 0)
    new = wait_until(lambda: _again(script, name), within=20, waiting_for="the next producer")
    script.tell("bumped by", new[1] - old[1])
    _decided(script)
    script.end(name, old, commit=True)
    script.add(name, old, 0)
    script.add(name, new, 0)
    _write(script, new, 0)
    script.end(name, new, commit=True)
    _decided(script)
    _look(script)
    script.producer(name, has=old)
    script.producer(name, has=new)


def offsets_in_a_transaction(script: Script) -> None:
    """Nobody's while it is open, unstable for who minds, the group's once committed."""
    name = script.topic
    producer = script.producer(name)
    ids = {"transactional_id": name, "producer_id": producer[0], "producer_epoch": producer[1]}
    script.ask_when_idle("AddOffsetsToTxn", 3, group_id=name, **ids)
    _commit_in(script, ids, 4)
    script.committed()
    script.committed(stable=True)
    script.end(name, producer, commit=True)
    wait_until(lambda: _is_stable(script), within=20, waiting_for="the offset")
    script.committed(stable=True)
    script.ask_when_idle("AddOffsetsToTxn", 3, group_id=name, **ids)
    _commit_in(script, ids, 9, generation=5, member="stranger")
    _commit_in(script, ids, 9, partition=9)
    script.ask("AddOffsetsToTxn", 3, group_id="", **ids)
    script.ask("AddOffsetsToTxn", 3, group_id=name, **{**ids, "producer_epoch": 9})


def transactions_are_described(script: Script) -> None:
    """State and partitions; what nobody knows."""
    name = script.topic
    producer = script.producer(name)
    _describe(script, name)
    script.add(name, producer, 0, 1)
    _describe(script, name)
    script.end(name, producer, commit=True)
    wait_until(
        lambda: (
            "Complete" in repr(script.wire.ask("DescribeTransactions", 0, transactional_ids=[name]))
        ),
        within=20,
        waiting_for="the end",
    )
    _describe(script, name)
    _describe(script, "nobody")
    script.ask("ListTransactions", 0, state_filters=["Odd"], producer_id_filters=[])
    kind = BY_NAME["DescribeProducers"].request.TopicRequest
    script.ask("DescribeProducers", 0, topics=[kind(name=name, partition_indexes=[9])])


def _describe(script: Script, name: str) -> None:
    script.ask("DescribeTransactions", 0, transactional_ids=[name])


def _write(script: Script, producer: tuple[int, int], sequence: int) -> None:
    batch = make_batch(b"x", producer=(*producer, sequence), transactional=True)
    script.produce(batch, transactional_id=script.topic)


def _look(script: Script, offset: int = 0) -> None:
    """Tell what both kinds of readers see at an offset; how many batches they get is up to the server."""
    for isolation in (0, 1):
        answer = script.wire.ask("Fetch", 11, **_fetch(script, isolation, offset))
        (found,) = answer.responses[0].partitions
        aborted = found.aborted_transactions
        script.tell(
            f"isolation {isolation}",
            (
                found.error_code,
                found.high_watermark,
                found.last_stable_offset,
                None if aborted is None else [each.first_offset for each in aborted],
                bool(found.records),
            ),
        )
        script.offset_at(-1, isolation=isolation)


def _fetch(script: Script, isolation: int, offset: int = 0) -> dict[str, Any]:
    place = script.nested(
        "Fetch",
        "FetchTopic.FetchPartition",
        partition=0,
        fetch_offset=offset,
        partition_max_bytes=1 << 20,
        current_leader_epoch=-1,
        log_start_offset=-1,
    )
    listed = script.nested("Fetch", "FetchTopic", topic=script.topic, partitions=[place])
    return {
        "replica_id": -1,
        "max_wait_ms": 0,
        "min_bytes": 1,
        "max_bytes": 1 << 20,
        "isolation_level": isolation,
        "session_epoch": -1,
        "topics": [listed],
        "forgotten_topics_data": [],
        "rack_id": "",
    }


def _decided(script: Script) -> None:
    """Wait until the markers are written: Kafka answers EndTxn before they are."""

    def look() -> bool:
        answer = script.wire.ask("Fetch", 11, **_fetch(script, 0))
        (found,) = answer.responses[0].partitions
        return bool(found.last_stable_offset == found.high_watermark)

    wait_until(look, within=20, waiting_for="the markers")


def _again(script: Script, name: str) -> tuple[int, int] | None:
    answer = script.wire.ask(
        "InitProducerId",
        4,
        transactional_id=name,
        transaction_timeout_ms=60_000,
        producer_id=-1,
        producer_epoch=-1,
    )
    return None if answer.error_code else (answer.producer_id, answer.producer_epoch)


def _commit_in(
    script: Script,
    ids: dict[str, Any],
    offset: int,
    *,
    partition: int = 0,
    generation: int = -1,
    member: str = "",
) -> None:
    path = "TxnOffsetCommitRequestTopic"
    place = script.nested(
        "TxnOffsetCommit",
        f"{path}.TxnOffsetCommitRequestPartition",
        partition_index=partition,
        committed_offset=offset,
        committed_leader_epoch=-1,
        committed_metadata="",
    )
    listed = script.nested("TxnOffsetCommit", path, name=script.topic, partitions=[place])
    more = {"generation_id": generation, "member_id": member, "group_instance_id": None}
    script.ask("TxnOffsetCommit", 3, group_id=script.topic, topics=[listed], **ids, **more)


def _is_stable(script: Script) -> bool:
    answer = script.wire.ask(
        "OffsetFetch", 7, group_id=script.topic, topics=None, require_stable=True
    )
    return bool(answer.topics) and not answer.topics[0].partitions[0].error_code
