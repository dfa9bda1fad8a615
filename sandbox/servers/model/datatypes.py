"""Tensor types: what the protocol, numpy and ONNX call each, and how each stands in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

BYTES = "BYTES"
FLOATS = ("FP16", "FP32", "FP64")


@dataclass(frozen=True, slots=True, eq=False)
class Datatype:
    """`name` is the protocol's; `item` is what a value is in JSON, as msgspec decodes it.

    There is one object for each type, so they are compared, and hashed, by identity.
    """

    name: str
    onnx: str
    numpy: np.dtype[Any]
    item: Any
    spoken: str


def _whole(bits: int, *, signed: bool) -> Any:
    if bits == 64:  # noqa: PLR2004 - msgspec's bounds end there; numpy refuses what is beyond
        return int if signed else Annotated[int, Meta(ge=0)]
    least = -(2 ** (bits - 1)) if signed else 0
    most = 2 ** (bits - 1 if signed else bits) - 1
    return Annotated[int, Meta(ge=least, le=most)]


def _integer(bits: int, *, signed: bool) -> Datatype:
    name = f"{'' if signed else 'u'}int{bits}"
    item = _whole(bits, signed=signed)
    return Datatype(name.upper(), f"tensor({name})", np.dtype(name), item, "whole numbers")


def _floating(bits: int, onnx: str) -> Datatype:
    # null stands for NaN, which JSON has no word for.
    return Datatype(
        f"FP{bits}", f"tensor({onnx})", np.dtype(f"float{bits}"), float | None, "numbers or null"
    )


DATATYPES = (
    Datatype("BOOL", "tensor(bool)", np.dtype(bool), bool, "true or false"),
    *(_integer(bits, signed=True) for bits in (8, 16, 32, 64)),
    *(_integer(bits, signed=False) for bits in (8, 16, 32, 64)),
    _floating(16, "float16"),
    _floating(32, "float"),
    _floating(64, "double"),
    Datatype(BYTES, "tensor(string)", np.dtype(object), str, "strings"),
)
BY_ONNX = {each.onnx: each for each in DATATYPES}


@cache
def decoder(datatype: Datatype, rank: int) -> msgspec.json.Decoder[Any]:
    """Give the decoder of `rank` lists within each other."""
    kind = datatype.item
    for _ in range(rank):
        kind = list[kind]  # type: ignore[valid-type]
    return msgspec.json.Decoder(kind)
