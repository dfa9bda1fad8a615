"""Fetch responses, written by hand: records go out as they were read, and are not copied.

kafka-python's codec gives the same bytes; a test holds the two to each other.
"""

from __future__ import annotations

import struct
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

INT16, INT32 = struct.Struct(">h"), struct.Struct(">i")
PARTITION = struct.Struct(">ihqqq")
PARTITION_BEFORE_5 = struct.Struct(">ihqq")
ABORTED = struct.Struct(">qq")

ERRORS_FROM = 7
START_FROM = 5
REPLICA_FROM = 11
FLEXIBLE_FROM = 12
TOPIC_IDS_FROM = 13
NO_TAGS = b"\0"
NO_ID = uuid.UUID(int=0)


class Pieces:
    """Bytes to send, large ones by themselves; the small ones between them are put together."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._done: list[bytes | bytearray] = []
        self._small = bytearray()

    def add(self, data: bytes) -> None:
        """Add a few bytes."""
        self._small += data

    def add_large(self, data: bytes) -> None:
        """Add bytes that are not to be copied."""
        self._done += [self._small, data]
        self._small = bytearray()

    def all(self) -> Sequence[bytes | bytearray]:
        """Give everything in order."""
        return [*self._done, self._small]


def encode_fetch(response: Any) -> Sequence[bytes | bytearray]:
    """Give the body of a FetchResponse in pieces."""
    version = response.API_VERSION
    compact = version >= FLEXIBLE_FROM
    out = Pieces()
    out.add(INT32.pack(response.throttle_time_ms))
    if version >= ERRORS_FROM:
        out.add(INT16.pack(response.error_code) + INT32.pack(response.session_id))
    out.add(_length(len(response.responses), compact=compact))
    for topic in response.responses:
        out.add(
            (topic.topic_id or NO_ID).bytes
            if version >= TOPIC_IDS_FROM
            else _text(topic.topic, compact)
        )
        out.add(_length(len(topic.partitions), compact=compact))
        for each in topic.partitions:
            _partition(out, each, version)
        if compact:
            out.add(NO_TAGS)
    if compact:
        out.add(NO_TAGS)
    return out.all()


def _partition(out: Pieces, each: Any, version: int) -> None:
    compact = version >= FLEXIBLE_FROM
    ends = (each.partition_index, each.error_code, each.high_watermark, each.last_stable_offset)
    if version >= START_FROM:
        out.add(PARTITION.pack(*ends, each.log_start_offset))
    else:
        out.add(PARTITION_BEFORE_5.pack(*ends))
    aborted = each.aborted_transactions
    out.add(_length(-1 if aborted is None else len(aborted), compact=compact))
    for one in aborted or ():
        out.add(ABORTED.pack(one.producer_id, one.first_offset))
        if compact:
            out.add(NO_TAGS)
    if version >= REPLICA_FROM:
        out.add(INT32.pack(each.preferred_read_replica))
    records = each.records
    out.add(_length(-1 if records is None else len(records), compact=compact))
    if records:
        out.add_large(records)
    if compact:
        out.add(NO_TAGS)


def _text(value: str, compact: bool) -> bytes:  # noqa: FBT001 - there are two forms
    data = value.encode()
    return (_length(len(data), compact=True) if compact else INT16.pack(len(data))) + data


def _length(count: int, *, compact: bool) -> bytes:
    """Give a length; -1 is null."""
    if not compact:
        return INT32.pack(count)
    value = count + 1
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
