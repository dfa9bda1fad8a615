"""The codecs of record batches, by the number that a batch's attributes hold (KIP-110 and before)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.servers.kafka.state.batch import Bytes

# Java's snappy cuts its input into blocks behind a header of its own; others send one block bare.
XERIAL = b"\x82SNAPPY\x00"
XERIAL_HEADER_SIZE = 16
BLOCK_SIZE = struct.Struct(">i")


class UnreadableError(Exception):
    """The compressed records cannot be read."""


def decompress(codec: int, data: Bytes) -> bytes:
    """Give the records of a batch as they are without compression; raises UnreadableError."""
    if codec == 0:
        return bytes(data)
    if codec not in DECOMPRESS:
        raise UnreadableError(f"there is no codec {codec}")
    try:
        return DECOMPRESS[codec](data)
    except Exception as error:  # the library's errors have no common ancestor
        raise UnreadableError(f"codec {codec}: {error}") from error


def compress(codec: int, data: bytes) -> bytes:
    """Compress records as batches of that codec have them."""
    return data if codec == 0 else COMPRESS[codec](data)


# cramjam is imported late: most servers never look into a batch.


def _gunzip(data: Bytes) -> bytes:
    import cramjam  # noqa: PLC0415

    return bytes(cramjam.gzip.decompress(data))


def _gzip(data: bytes) -> bytes:
    import cramjam  # noqa: PLC0415

    return bytes(cramjam.gzip.compress(data))


def _read_snappy(data: Bytes) -> bytes:
    import cramjam  # noqa: PLC0415

    if bytes(data[: len(XERIAL)]) != XERIAL:
        return bytes(cramjam.snappy.decompress_raw(data))
    blocks, position = [], XERIAL_HEADER_SIZE
    while position < len(data):
        (size,) = BLOCK_SIZE.unpack_from(data, position)
        position += BLOCK_SIZE.size + size
        blocks.append(bytes(cramjam.snappy.decompress_raw(data[position - size : position])))
    return b"".join(blocks)


def _write_snappy(data: bytes) -> bytes:
    import cramjam  # noqa: PLC0415

    return bytes(cramjam.snappy.compress_raw(data))


def _read_lz4(data: Bytes) -> bytes:
    import cramjam  # noqa: PLC0415

    return bytes(cramjam.lz4.decompress(data))


def _write_lz4(data: bytes) -> bytes:
    import cramjam  # noqa: PLC0415

    return bytes(cramjam.lz4.compress(data))


def _read_zstd(data: Bytes) -> bytes:
    import cramjam  # noqa: PLC0415

    return bytes(cramjam.zstd.decompress(data))


def _write_zstd(data: bytes) -> bytes:
    import cramjam  # noqa: PLC0415

    return bytes(cramjam.zstd.compress(data))


DECOMPRESS: Mapping[int, Callable[[Bytes], bytes]] = {
    1: _gunzip,
    2: _read_snappy,
    3: _read_lz4,
    4: _read_zstd,
}
COMPRESS: Mapping[int, Callable[[bytes], bytes]] = {
    1: _gzip,
    2: _write_snappy,
    3: _write_lz4,
    4: _write_zstd,
}
