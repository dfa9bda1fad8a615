"""Frames: a request's header is read by hand, its body and the response by kafka-python's codec."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka.protocol.schemas.fields.codecs import EncodeBufferPool

from sandbox.servers.kafka.fetch_codec import encode_fetch
from sandbox.servers.kafka.produce_codec import decode_produce
from sandbox.servers.kafka.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.servers.kafka.request import Api

# api key, api version, correlation id, length of the client id.
HEADER = struct.Struct(">hhih")
SIZE_AND_CORRELATION = struct.Struct(">ii")
API_VERSIONS = 18
SHORTEST = HEADER.size
# From this size on, pieces of an answer are not copied together.
LARGE = 64 * 1024

# What is read and written most has codecs of its own.
DECODE: Mapping[int, Callable[[memoryview, int], Any]] = {0: decode_produce}
ENCODE: Mapping[int, Callable[[Any], Sequence[bytes | bytearray]]] = {1: encode_fetch}


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
    body = frame.data[frame.body_at :]
    try:
        if api.request.flexible_version_q(frame.version):
            # There is hardly ever a tagged field in a header (KIP-482).
            reader = Reader(body, is_compact=True)
            reader.skip_tags()
            body = reader.rest()
        if api.key in DECODE:
            return DECODE[api.key](body, frame.version)
        return api.request.decode(body, version=frame.version)
    except (ValueError, IndexError, struct.error, TypeError) as error:
        raise MalformedFrameError(f"{api.name} version {frame.version}: {error}") from error


def encode(response: Any, correlation_id: int) -> Sequence[bytes | bytearray]:
    """Encode a response with its header and its length, in pieces to be sent one after the other.

    ApiVersions has the old header in every version, so that any client can read it (KIP-511).
    """
    version = response.API_VERSION
    flexible = response.flexible_version_q(version)
    body = ENCODE.get(response.API_KEY, _encode_body)(response)
    tags = b"\0" if flexible and response.API_KEY != API_VERSIONS else b""
    size = sum(map(len, body))
    head = SIZE_AND_CORRELATION.pack(4 + len(tags) + size, correlation_id) + tags
    # A large piece is worth a system call of its own, a small one is not.
    return [head, *body] if size > LARGE else [b"".join((head, *body))]


def _encode_body(response: Any) -> Sequence[bytes]:
    version = response.API_VERSION
    flexible = response.flexible_version_q(version)
    # encode() with a header raises on a response, and without one gives a copy more.
    put = response._struct.compiled_encode_into(version, compact=flexible, tagged=flexible)  # noqa: SLF001
    with EncodeBufferPool.acquire() as out:
        put(response, out)
        return [bytes(out.result())]
