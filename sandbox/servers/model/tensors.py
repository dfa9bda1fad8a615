"""Tensors in and out: JSON, the binary tensor extension, numpy arrays."""

from __future__ import annotations

import struct
import warnings
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from sandbox.servers.model.datatypes import BYTES, Datatype, decoder
from sandbox.servers.model.refusal import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Array = np.ndarray[Any, np.dtype[Any]]
LENGTH = struct.Struct("<I")
BLANKS = b" \t\r\n"

# numpy makes infinity of what is too large and warns: here that is an error. (np.errstate would do,
# at a tenth of the time that a whole row takes.)
warnings.filterwarnings("error", "overflow encountered", RuntimeWarning)


def count_of(shape: Sequence[int]) -> int:
    """Give the number of values in a tensor of that shape."""
    count = 1
    for length in shape:
        count *= length
    return count


def from_json(name: str, datatype: Datatype, shape: Sequence[int], data: bytes) -> Array:
    """Read a tensor's `data`: flat, or nested as its shape is. Raises BadRequest."""
    nested = len(shape) > 1 and data[1:64].lstrip(BLANKS)[:1] == b"["
    rank = len(shape) if nested else 1
    try:
        values = decoder(datatype, rank).decode(data)
    except msgspec.ValidationError as error:
        raise BadRequest(f"input {name!r}, data: {error} ({_wanted(datatype)})") from error
    if nested:
        _check_nested(name, shape, values)
    elif len(values) != count_of(shape):
        raise _wrong_count(name, shape, len(values))
    array = _as_array(name, datatype, values)
    return array.reshape(shape)


def _check_nested(name: str, shape: Sequence[int], values: Any) -> None:
    """Raise BadRequest unless every list is as long as the shape says."""
    level = [values]
    for length in shape:
        for each in level:
            if len(each) != length:
                raise BadRequest(
                    f"input {name!r}: a list of {len(each)} in data, where shape"
                    f" {list(shape)} says {length}"
                )
        level = [inner for each in level for inner in each]


def _as_array(name: str, datatype: Datatype, values: Any) -> Array:
    try:
        return np.array(values, dtype=datatype.numpy)
    except (OverflowError, RuntimeWarning) as error:
        raise BadRequest(
            f"input {name!r}, data: a number is beyond what {datatype.name} can hold"
        ) from error


def from_binary(name: str, datatype: Datatype, shape: Sequence[int], raw: bytes) -> Array:
    """Read a tensor's bytes, as the binary tensor extension lays them out. Raises BadRequest."""
    if datatype.name == BYTES:
        return _strings(name, shape, raw)
    expected = count_of(shape) * datatype.numpy.itemsize
    if len(raw) != expected:
        raise BadRequest(
            f"input {name!r}: {len(raw)} bytes were sent, shape {list(shape)} of"
            f" {datatype.name} takes {expected}"
        )
    if datatype.numpy == np.bool_:
        return np.frombuffer(raw, np.uint8).astype(np.bool_).reshape(shape)
    array: Array = np.frombuffer(raw, datatype.numpy)
    return array.reshape(shape)


def _strings(name: str, shape: Sequence[int], raw: bytes) -> Array:
    try:
        values = [each.decode() for each in _split_strings(raw)]
    except (struct.error, IndexError) as error:
        raise BadRequest(
            f"input {name!r}: BYTES are sent as a length (4 bytes, little-endian) and as many"
            " bytes for each string; they end within one"
        ) from error
    except UnicodeDecodeError as error:
        raise BadRequest(f"input {name!r}: a string is not UTF-8: {error}") from error
    if len(values) != count_of(shape):
        raise _wrong_count(name, shape, len(values))
    return np.array(values, dtype=object).reshape(shape)


def _split_strings(raw: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(raw):
        (length,) = LENGTH.unpack_from(raw, at)
        at += LENGTH.size
        if at + length > len(raw):
            raise IndexError(at)
        yield raw[at : at + length]
        at += length


def to_binary(datatype: Datatype, array: Array) -> bytes:
    """Give a tensor's bytes, as the binary tensor extension lays them out."""
    if datatype.name != BYTES:
        return array.tobytes()
    encoded = [str(each).encode() for each in array.ravel()]
    return b"".join(LENGTH.pack(len(each)) + each for each in encoded)


def to_list(array: Array) -> list[Any]:
    """Give a tensor's values, flat; NaN and the infinities become null when they are encoded."""
    values: list[Any] = array.ravel().tolist()
    return values


def _wrong_count(name: str, shape: Sequence[int], count: int) -> BadRequest:
    return BadRequest(
        f"input {name!r}: {count} values were sent, shape {list(shape)} takes {count_of(shape)}"
    )


def _wanted(datatype: Datatype) -> str:
    return f"{datatype.name} takes {datatype.spoken}"
