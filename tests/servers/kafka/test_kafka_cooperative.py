"""Cooperative rebalances of the classic protocol (KIP-429): who keeps a partition goes on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_record import Record
from through_confluent import Confluent, ConfluentMember

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from kafka_process import KafkaProcess

COOPERATIVE = {"partition.assignment.strategy": "cooperative-sticky"}


def test_members_keep_what_they_need_not_give_up(stream: KafkaProcess, topic: str) -> None:
    """The first gives up half and never loses the rest; once the second has left it has all again."""
    client = Confluent(stream.address)
    client.create(topic, 4)
    client.produce(topic, [Record(b"%d" % n, partition=n % 4) for n in range(8)])
    first = ConfluentMember(stream.address, topic, topic, **COOPERATIVE)
    came: list[Record] = []
    wait_until(
        lambda: came.extend(first.poll()) or len(came) == 8, within=30, waiting_for="8 records"
    )
    first.commit()
    second = ConfluentMember(stream.address, topic, topic, **COOPERATIVE)
    least = 4

    def are_shared() -> bool:
        nonlocal least
        for member in (first, second):
            came.extend(member.poll())
        least = min(least, len(first.held()))
        return (len(first.held()), len(second.held())) == (2, 2)

    wait_until(are_shared, within=30, waiting_for="two partitions each")
    assert (least, first.held() & second.held()) == (2, set())
    second.close()
    wait_until(
        lambda: came.extend(first.poll()) or len(first.held()) == 4,
        within=30,
        waiting_for="all partitions",
    )
    assert sorted(int(each.value or b"") for each in came) == list(range(8))
    first.close()
