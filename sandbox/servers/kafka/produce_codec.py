"""Produce requests, read by hand: the records stay where they came in, and are not copied.

kafka-python's codec gives the same but for that; a test holds the two to each other.
"""

from __future__ import annotations

import struct
import uuid
from typing import Any

from kafka.protocol.producer import ProduceRequest

from sandbox.servers.kafka.reader import Reader

Topics = ProduceRequest.TopicProduceData
Partitions = Topics.PartitionProduceData

ACKS_AND_TIMEOUT = struct.Struct(">hi")
FLEXIBLE_FROM = 9
TOPIC_IDS_FROM = 13


def decode_produce(data: memoryview, version: int) -> Any:
    """Give a ProduceRequest whose records are views of `data`.

    Raises ValueError, IndexError or struct.error where the bytes are none.
    """
    reader = Reader(data, is_compact=version >= FLEXIBLE_FROM)
    transactional_id = reader.text()
    acks, timeout = reader.unpack(ACKS_AND_TIMEOUT)
    topics = reader.entries(lambda: _topic(reader, version))
    reader.skip_tags()
    return ProduceRequest(
        version=version,
        transactional_id=transactional_id,
        acks=acks,
        timeout_ms=timeout,
        topic_data=topics,
    )


def _topic(reader: Reader, version: int) -> Any:
    name: Any = {}
    if version >= TOPIC_IDS_FROM:
        name = {"topic_id": uuid.UUID(bytes=bytes(reader.take(16)))}
    else:
        name = {"name": reader.text()}
    partitions = reader.entries(lambda: _partition(reader))
    reader.skip_tags()
    return Topics(**name, partition_data=partitions)


def _partition(reader: Reader) -> Any:
    index = reader.int32()
    records = reader.blob()
    reader.skip_tags()
    return Partitions(index=index, records=records)
