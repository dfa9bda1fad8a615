"""Frames: a request's header is read by hand, its body and the response by kafka-python's codec."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka.protocol.schemas.fields.codecs import EncodeBufferPool

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Api

# api key, api version, correlation id, length of the client id.
HEADER = struct.Struct(">hhih")
SIZE_AND_CORRELATION = struct.Struct(">ii")
API_VERSIONS = 18
SHORTEST = HEADER.size
# An unsigned varint has at most five bytes of seven bits.
LONGEST_SHIFT = 28


class MalformedFrameError(Exception):
    """The bytes are no request of Kafka's protocol."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A request as it came: header fields, and where its body begins."""

    api_key: int
    version: int
    correlation_id: int
    client_id: str
    data: memoryview
    body_at: int


def read_frame(data: memoryview) -> Frame:
    """Read the header; tagged fields of flexible headers are skipped by `decode`."""
    if len(data) < SHORTEST:
        raise MalformedFrameError("shorter than a header")
    api_key, version, correlation_id, length = HEADER.unpack_from(data)
    body_at = SHORTEST + max(0, length)
    if body_at > len(data):
        raise MalformedFrameError("the client id is longer than the frame")
    client_id = bytes(data[SHORTEST:body_at]).decode(errors="replace")
    return Frame(api_key, version, correlation_id, client_id, data, body_at)


def decode(api: Api, frame: Frame) -> Any:
    """Decode the body of a request whose version `api` has."""
    body_at = frame.body_at
    if api.request.flexible_version_q(frame.version):
        body_at = _after_tags(frame.data, body_at)
    try:
        return api.request.decode(frame.data[body_at:], version=frame.version)
    except (ValueError, IndexError, struct.error, TypeError) as error:
        raise MalformedFrameError(f"{api.name} version {frame.version}: {error}") from error


def _after_tags(data: memoryview, position: int) -> int:
    """Skip the tagged fields of a header (KIP-482); there is hardly ever one."""
    count, position = _varint(data, position)
    for _ in range(count):
        _, position = _varint(data, position)
        size, position = _varint(data, position)
        position += size
    return position


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data) or shift > LONGEST_SHIFT:
            raise MalformedFrameError("the header's tagged fields are none")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that another byte follows
            return value, position
        shift += 7


def encode(response: Any, correlation_id: int) -> bytes:
    """Encode a response with its header and its length.

    ApiVersions has the old header in every version, so that any client can read it (KIP-511).
    """
    version = response.API_VERSION
    flexible = response.flexible_version_q(version)
    # encode() with a header raises on a response, and without one gives a copy more.
    put = response._struct.compiled_encode_into(version, compact=flexible, tagged=flexible)  # noqa: SLF001
    with EncodeBufferPool.acquire() as out:
        put(response, out)
        body = bytes(out.result())
    tags = b"\0" if flexible and response.API_KEY != API_VERSIONS else b""
    return SIZE_AND_CORRELATION.pack(4 + len(tags) + len(body), correlation_id) + tags + body
