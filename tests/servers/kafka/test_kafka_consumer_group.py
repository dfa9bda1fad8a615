"""Groups of the newer protocol (KIP-848): who waits for whom, who is put out, what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kafka_wire import BY_NAME
from room import Room

from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    from pathlib import Path

Owned = tuple[int, ...] | None


def beat(
    room: Room,
    member: str,
    epoch: int,
    owned: Owned = None,
    *,
    topics: list[str] | None = None,
    pattern: str | None = None,
    timeout: int = 30_000,
    instance: str | None = None,
) -> Any:
    """Send a heartbeat; at epoch 0 it joins, for topic t unless said."""
    joins = epoch == 0
    if joins and pattern is None and topics is None:
        topics = ["t"]
    owned = () if joins else owned
    kind = BY_NAME["ConsumerGroupHeartbeat"].request.TopicPartitions
    topic_id = room.cluster.topics.by_name["t"].id
    places = None if owned is None else [kind(topic_id=topic_id, partitions=list(owned))]
    return room.ask(
        "ConsumerGroupHeartbeat",
        1,
        group_id="g",
        member_id=member,
        member_epoch=epoch,
        instance_id=instance,
        rebalance_timeout_ms=timeout if joins else -1,
        subscribed_topic_names=topics,
        subscribed_topic_regex=pattern,
        topic_partitions=places if owned else ([] if owned == () else None),
    )


def has(answer: Any) -> list[int]:
    """Give the partitions of an answer."""
    assert answer.error_code == Code.NONE, answer
    assert answer.assignment is not None
    return sorted(index for each in answer.assignment.topic_partitions for index in each.partitions)


def state(room: Room) -> str:
    """Give the group's state."""
    return room.cluster.consumer_groups.by_name["g"].state


def test_nobody_has_what_another_has_not_given_up(room: Room) -> None:
    """The second waits until the first has said that it no longer has its share."""
    first = beat(room, "a", 0)
    assert has(first) == [0, 1]
    second = beat(room, "b", 0)
    assert (has(second), state(room)) == ([], "Reconciling")
    revoking = beat(room, "a", first.member_epoch, (0, 1))
    (kept,) = has(revoking)
    assert revoking.member_epoch == first.member_epoch
    assert beat(room, "b", second.member_epoch).assignment is None
    done = beat(room, "a", revoking.member_epoch, (kept,))
    assert done.member_epoch == second.member_epoch
    assert has(beat(room, "b", second.member_epoch)) == [1 - kept]
    assert state(room) == "Stable"


def test_who_gives_up_too_slowly_is_put_out(room: Room) -> None:
    """After its rebalance timeout a member is fenced, and the others share what it had."""
    first = beat(room, "a", 0, timeout=1_000)
    second = beat(room, "b", 0)
    beat(room, "a", first.member_epoch, (0, 1))
    room.now += 0.9
    room.cluster.expire_consumers()
    assert set(room.cluster.consumer_groups.by_name["g"].members) == {"a", "b"}
    room.now += 0.1
    room.cluster.expire_consumers()
    assert beat(room, "a", first.member_epoch).error_code == Code.UNKNOWN_MEMBER_ID
    assert has(beat(room, "b", second.member_epoch)) == [0, 1]


def test_who_is_silent_is_put_out(room: Room) -> None:
    """After its session a member is gone; one that speaks is not."""
    first = beat(room, "a", 0)
    second = beat(room, "b", 0)
    room.now += 44
    beat(room, "b", second.member_epoch)
    room.now += 1
    room.cluster.expire_consumers()
    assert beat(room, "a", first.member_epoch).error_code == Code.UNKNOWN_MEMBER_ID
    assert has(beat(room, "b", second.member_epoch)) == [0, 1]


def test_an_answer_that_was_lost_is_given_again(room: Room) -> None:
    """The epoch before is taken where what the member has fits; an older one is fenced."""
    first = beat(room, "a", 0)
    room.cluster.topics.create("u", 1, {})
    second = beat(room, "a", first.member_epoch, (0, 1), topics=["t", "u"])
    assert second.member_epoch > first.member_epoch
    again = beat(room, "a", first.member_epoch, (0, 1))
    assert again.member_epoch == second.member_epoch
    assert len(again.assignment.topic_partitions) == 2
    assert beat(room, "a", first.member_epoch - 1, (0, 1)).error_code == Code.FENCED_MEMBER_EPOCH
    assert beat(room, "a", 99).error_code == Code.FENCED_MEMBER_EPOCH


def test_topics_come_by_expression(room: Room) -> None:
    """Topics that come to be and fit are read; one that was deleted is not."""
    first = beat(room, "a", 0, pattern="t.*")
    assert has(first) == [0, 1]
    made = room.cluster.topics.create("t2", 3, {})
    second = beat(room, "a", first.member_epoch, (0, 1))
    assert has(second) == [0, 0, 1, 1, 2]
    room.cluster.topics.delete(made)
    third = beat(room, "a", second.member_epoch, (0, 1))
    assert has(third) == [0, 1]


def test_more_partitions_are_shared_out(room: Room) -> None:
    """A topic that grows gives its members more."""
    first = beat(room, "a", 0)
    room.cluster.topics.grow(room.cluster.topics.by_name["t"], 4)
    assert has(beat(room, "a", first.member_epoch, (0, 1))) == [0, 1, 2, 3]


def test_a_static_member_keeps_its_place(room: Room) -> None:
    """Left for a while, its partitions are nobody else's until it is back, or its session is over."""
    first = beat(room, "a", 0, instance="one")
    second = beat(room, "b", 0)
    kept = has(beat(room, "a", first.member_epoch, (0, 1), instance="one"))
    beat(room, "a", first.member_epoch, tuple(kept), instance="one")
    assert beat(room, "a", -2, instance="one").member_epoch == -2
    assert len(has(beat(room, "b", second.member_epoch))) == 1
    back = beat(room, "c", 0, instance="one")
    assert has(back) == kept
    beat(room, "c", -2, instance="one")
    room.now += 20
    beat(room, "b", back.member_epoch)
    room.now += 25
    room.cluster.expire_consumers()
    assert has(beat(room, "b", back.member_epoch)) == [0, 1]


def test_a_group_goes_on_after_kill(room: Room, tmp_path: Path) -> None:
    """Members, epochs and what they are to have are there again, also in the middle of it."""
    first = beat(room, "a", 0)
    second = beat(room, "b", 0)
    revoking = beat(room, "a", first.member_epoch, (0, 1))
    (kept,) = has(revoking)
    room.cluster.close()
    again = Room(tmp_path)
    done = beat(again, "a", revoking.member_epoch, (kept,))
    assert done.member_epoch == second.member_epoch
    assert has(beat(again, "b", second.member_epoch)) == [1 - kept]
    room.cluster = again.cluster


@pytest.mark.parametrize(
    ("epoch", "member", "code"),
    [
        (0, "a", Code.STALE_MEMBER_EPOCH),
        (99, "a", Code.STALE_MEMBER_EPOCH),
        (2, "b", Code.UNKNOWN_MEMBER_ID),
        (2, "a", Code.NONE),
    ],
)
def test_offsets_are_a_members_of_that_epoch(
    room: Room, epoch: int, member: str, code: Code
) -> None:
    """Commits and fetches of offsets say the epoch, and are refused with another one."""
    assert beat(room, "a", 0).member_epoch == 2
    topics = BY_NAME["OffsetCommit"].request.OffsetCommitRequestTopic
    place = topics.OffsetCommitRequestPartition(
        partition_index=0, committed_offset=5, committed_metadata=""
    )
    answer = room.ask(
        "OffsetCommit",
        9,
        group_id="g",
        generation_id_or_member_epoch=epoch,
        member_id=member,
        topics=[topics(name="t", partitions=[place])],
    )
    assert answer.topics[0].partitions[0].error_code == code
    groups = BY_NAME["OffsetFetch"].request.OffsetFetchRequestGroup
    asked = groups(group_id="g", member_id=member, member_epoch=epoch, topics=None)
    assert room.ask("OffsetFetch", 9, groups=[asked]).groups[0].error_code == code
