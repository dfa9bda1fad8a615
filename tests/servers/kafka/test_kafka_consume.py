"""Consumer groups: sharing, committing, resuming, rebalancing, with each client library."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from kafka_record import Client, Member, Record
from through_confluent import Confluent, ConfluentMember

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from kafka_process import KafkaProcess


def take(member: Member, count: int) -> list[bytes | None]:
    """Poll until so many values came."""
    came: list[bytes | None] = []

    def look() -> bool:
        came.extend(each.value for each in member.poll())
        return len(came) >= count

    wait_until(look, within=20, waiting_for=f"{count} records", last_seen=lambda: came)
    return came


def poll_all(members: list[Member]) -> None:
    """Poll all at once, as members do that are processes of their own.

    By turns, each would wait for the next one's to join, and kafka-python (3.0.12) drops what a
    join gave while nobody polled, and joins again: where that takes longer than a poll, for ever.
    """
    if members[0].shares_a_loop:
        for each in members:
            each.poll()
        return
    with ThreadPoolExecutor(len(members)) as pool:
        list(pool.map(lambda each: each.poll(), members))


def settle(members: list[Member], partitions: int) -> None:
    """Poll until the members share all partitions, and each has one at least."""

    def look() -> bool:
        poll_all(members)
        held = [each.held() for each in members]
        return all(held) and sum(map(len, held)) == partitions == len(set.union(*held))

    wait_until(
        look,
        within=30,
        waiting_for=f"{len(members)} members to share {partitions} partitions",
        last_seen=lambda: [each.held() for each in members],
    )


def test_a_group_resumes_where_it_committed(client: Client, topic: str) -> None:
    """What was committed is not read again by the next member, what was not is."""
    client.create(topic, 2)
    client.produce(topic, [Record(b"%d" % n, partition=n % 2) for n in range(10)])
    first = client.join(topic, topic)
    assert sorted(take(first, 10)) == sorted(b"%d" % n for n in range(10))
    first.commit()
    client.produce(topic, [Record(b"seen", partition=0)])
    assert take(first, 1) == [b"seen"]
    first.close()
    assert client.committed(topic) == {(topic, 0): 5, (topic, 1): 5}
    second = client.join(topic, topic)
    assert take(second, 1) == [b"seen"]
    second.close()


def test_members_share_and_take_over(client: Client, topic: str) -> None:
    """A second member gets partitions of the first; when it leaves, the first has them all."""
    client.create(topic, 4)
    first = client.join(topic, topic)
    settle([first], 4)
    assert client.members(topic) == ("Stable", 1)
    second = client.join(topic, topic)
    settle([first, second], 4)
    assert client.members(topic) == ("Stable", 2)
    second.close()
    settle([first], 4)
    first.close()
    assert client.members(topic) == ("Empty", 0)


def test_groups_are_listed(client: Client, topic: str) -> None:
    """A group is listed from its first member on, and remembered without any."""
    client.create(topic)
    assert topic not in client.groups()
    member = client.join(topic, topic)
    settle([member], 1)
    assert topic in client.groups()
    member.close()
    assert topic in client.groups()


def test_added_partitions_are_read(client: Client, topic: str) -> None:
    """Partitions that a topic was given later are written to and read like the first."""
    client.create(topic)
    client.grow(topic, 3)
    client.produce(topic, [Record(b"%d" % n, partition=n) for n in range(3)])
    member = client.join(topic, topic)
    assert sorted(take(member, 3)) == [b"0", b"1", b"2"]
    member.close()


@pytest.mark.parametrize("strategy", ["range", "roundrobin", "cooperative-sticky"])
def test_every_assignment_strategy(stream: KafkaProcess, topic: str, strategy: str) -> None:
    """Librdkafka's strategies, the cooperative one with its two rebalances, end in a share."""
    client = Confluent(stream.address)
    client.create(topic, 4)
    how = {"partition.assignment.strategy": strategy}
    first = ConfluentMember(stream.address, topic, topic, **how)
    settle([first], 4)
    second = ConfluentMember(stream.address, topic, topic, **how)
    settle([first, second], 4)
    second.close()
    settle([first], 4)
    first.close()


def test_static_members_come_back_without_a_rebalance(stream: KafkaProcess, topic: str) -> None:
    """A member with an instance id takes its place again: the other never loses a partition."""
    Confluent(stream.address).create(topic, 2)
    first, second = (
        ConfluentMember(stream.address, topic, topic, **{"group.instance.id": name})
        for name in ("one", "two")
    )
    settle([first, second], 2)
    kept = first.held()
    second.close()
    again = ConfluentMember(stream.address, topic, topic, **{"group.instance.id": "two"})

    def look() -> bool:
        first.poll()
        again.poll()
        assert first.held() == kept
        return bool(again.held())

    wait_until(look, within=20, waiting_for="the member that came back")
    assert again.held().isdisjoint(kept)
    again.close()
    first.close()
