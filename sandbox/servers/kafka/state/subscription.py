"""What members of a consumer group say they read: the head of Kafka's ConsumerProtocolSubscription."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.servers.kafka.state.group import Group

VERSION_AND_COUNT = struct.Struct(">hi")
LENGTH = struct.Struct(">h")
CONSUMER = "consumer"


def read_topics(metadata: bytes) -> frozenset[str]:
    """Give the topics of a subscription; raises ValueError where it is none."""
    try:
        _, count = VERSION_AND_COUNT.unpack_from(metadata)
        position = VERSION_AND_COUNT.size
        topics = set()
        for _ in range(count):
            (length,) = LENGTH.unpack_from(metadata, position)
            position += LENGTH.size + length
            topics.add(metadata[position - length : position].decode())
    except (struct.error, UnicodeDecodeError) as error:
        raise ValueError("no subscription") from error
    return frozenset(topics)


def is_read_by(group: Group, topic: str) -> bool:
    """Tell whether members of a group of consumers read `topic`; if they cannot be read, they may."""
    try:
        return any(
            topic in read_topics(each.protocols.get(group.protocol, b""))
            for each in group.members.values()
        )
    except ValueError:
        return True
