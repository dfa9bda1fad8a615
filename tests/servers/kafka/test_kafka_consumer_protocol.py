"""The newer group protocol through librdkafka (group.protocol=consumer)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kafka_record import Record
from through_confluent import Confluent, ConfluentMember

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka_process import KafkaProcess

# What the newer protocol settles on the broker's side may not be said by the client.
NEWER = {
    "group.protocol": "consumer",
    "session.timeout.ms": None,
    "heartbeat.interval.ms": None,
}


def join(address: str, group: str, topic: str, **more: str) -> ConfluentMember:
    """Become a member by the newer protocol."""
    return ConfluentMember(address, group, topic, **NEWER, **more)


def poll_until(members: list[ConfluentMember], sizes: list[int]) -> list[Record]:
    """Poll all members until they hold so many partitions; gives what came meanwhile."""
    came: list[Record] = []

    def look() -> bool:
        for member in members:
            came.extend(member.poll())
        return sorted(len(member.held()) for member in members) == sizes

    wait_until(look, within=30, waiting_for=f"{sizes} partitions")
    return came


def test_members_share_and_go_on(stream: KafkaProcess, topic: str) -> None:
    """One has all, two have half each, and who is left has all again; nothing is read twice."""
    client = Confluent(stream.address)
    client.create(topic, 4)
    client.produce(topic, [Record(b"%d" % n, partition=n % 4) for n in range(8)])
    first = join(stream.address, topic, topic)
    came = poll_until([first], [4])
    wait_until(
        lambda: came.extend(first.poll()) or len(came) == 8, within=20, waiting_for="8 records"
    )
    first.commit()
    second = join(stream.address, topic, topic)
    assert poll_until([first, second], [2, 2]) == []
    assert not first.held() & second.held()
    assert client.members(topic) == ("Stable", 2)
    first.close()
    assert poll_until([second], [4]) == []
    client.produce(topic, [Record(b"more", partition=3)])
    wait_until(lambda: second.poll() or None, within=20, waiting_for="a record")
    second.commit()
    second.close()
    assert client.committed(topic)[topic, 3] == 3
    assert client.members(topic)[1] == 0


@pytest.mark.parametrize("assignor", ["range", "uniform"])
def test_the_broker_assigns_as_it_is_asked(stream: KafkaProcess, topic: str, assignor: str) -> None:
    """A client may choose the assignor."""
    Confluent(stream.address).create(topic, 3)
    members = [
        join(stream.address, topic, topic, **{"group.remote.assignor": assignor}) for _ in range(2)
    ]
    poll_until(members, [1, 2])
    for member in members:
        member.close()


def test_it_outlives_the_server(own_stream: Callable[..., KafkaProcess]) -> None:
    """Killed and started again, the server knows its members, and they go on reading."""
    server = own_stream()
    client = Confluent(server.address)
    client.create("t", 2)
    member = join(server.address, "g", "t", **{"reconnect.backoff.max.ms": "200"})
    poll_until([member], [2])
    server.kill()
    server.again()
    client.produce("t", [Record(b"after", partition=1)])
    (record,) = wait_until(member.poll, within=30, waiting_for="a record")
    assert record.value == b"after"
    member.commit()
    assert client.members("g") == ("Stable", 1)
    member.close()
