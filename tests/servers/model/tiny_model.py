"""ONNX models of a few hundred bytes, written by hand: the onnx package is not needed.

An ONNX file is one protobuf message; the numbers below are its fields, as onnx.proto has them.
"""

from __future__ import annotations

import hashlib
import json
import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FLOAT, INT64, STRING = 1, 7, 8
# The protocol's name of each tensor type, and ONNX's number for it.
ELEMENTS = {
    "FP32": FLOAT,
    "UINT8": 2,
    "INT8": 3,
    "UINT16": 4,
    "INT16": 5,
    "INT32": 6,
    "INT64": INT64,
    "BYTES": STRING,
    "BOOL": 9,
    "FP16": 10,
    "FP64": 11,
    "UINT32": 12,
    "UINT64": 13,
}
IR_VERSION, OPSET = 8, 13

Shape = tuple[int | str, ...]


def varint(number: int) -> bytes:
    """Give a number, seven bits a byte."""
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, value: int | str | bytes) -> bytes:
    """Give one field: a number as such, text and messages with their length before them."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def tensor_type(element: int, shape: Shape) -> bytes:
    """Give a TypeProto; a text in the shape names a free length."""
    dims = [field(1, field(1 if isinstance(each, int) else 2, each)) for each in shape]
    return field(1, field(1, element) + field(2, b"".join(dims)))


def sequence_type(element: int, shape: Shape) -> bytes:
    """Give the TypeProto of a sequence of tensors."""
    return field(4, field(1, tensor_type(element, shape)))


def value(name: str, kind: bytes) -> bytes:
    """Give a ValueInfoProto."""
    return field(1, name) + field(2, kind)


def node(operator: str, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """Give a NodeProto without attributes."""
    named = [field(1, each) for each in inputs] + [field(2, each) for each in outputs]
    return b"".join(named) + field(4, operator)


def constant(name: str, element: int, dims: Sequence[int], raw: bytes) -> bytes:
    """Give a TensorProto."""
    sizes = b"".join(field(1, each) for each in dims)
    return sizes + field(2, element) + field(8, name) + field(9, raw)


def model(
    nodes: Sequence[bytes],
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
    constants: Sequence[bytes] = (),
) -> bytes:
    """Give a ModelProto."""
    graph = b"".join(
        [
            *(field(1, each) for each in nodes),
            field(2, "tiny"),
            *(field(5, each) for each in constants),
            *(field(11, each) for each in inputs),
            *(field(12, each) for each in outputs),
        ]
    )
    opset = field(1, "") + field(2, OPSET)
    return field(1, IR_VERSION) + field(7, graph) + field(8, opset)


def logistic(weights: Sequence[float], *, width: int | str | None = None, rounds: int = 1) -> bytes:
    """Give a model of `features` FP32 [-1, n] to `probability` FP32 [-1]: sigmoid(features·weights).

    `width` stands for n in the declared shape; more `rounds` of the sigmoid make it slow.
    """
    count = len(weights)
    names = ["product", *(f"round{number}" for number in range(1, rounds)), "column"]
    sigmoids = [node("Sigmoid", [before], [after]) for before, after in pairwise(names)]
    return model(
        [
            node("MatMul", ["features", "weights"], ["product"]),
            *sigmoids,
            node("Reshape", ["column", "flat"], ["probability"]),
        ],
        [value("features", tensor_type(FLOAT, ("rows", count if width is None else width)))],
        [value("probability", tensor_type(FLOAT, ("rows",)))],
        [
            constant("weights", FLOAT, [count, 1], struct.pack(f"<{count}f", *weights)),
            constant("flat", INT64, [1], struct.pack("<q", -1)),
        ],
    )


def echo(datatype: str, width: int = 2) -> bytes:
    """Give a model that answers `x` of a type and shape [-1, width] as `y`."""
    kind = tensor_type(ELEMENTS[datatype], ("rows", width))
    return model([node("Identity", ["x"], ["y"])], [value("x", kind)], [value("y", kind)])


def sum_and_product() -> bytes:
    """Give a model of `a` and `b`, FP32 [-1, 1] both, to their `sum` and `product`."""
    column = tensor_type(FLOAT, ("rows", 1))
    return model(
        [node("Add", ["a", "b"], ["sum"]), node("Mul", ["a", "b"], ["product"])],
        [value("a", column), value("b", column)],
        [value("sum", column), value("product", column)],
    )


def sequence() -> bytes:
    """Give a model whose output is no tensor."""
    return model(
        [node("SequenceConstruct", ["x"], ["y"])],
        [value("x", tensor_type(FLOAT, ("rows", 1)))],
        [value("y", sequence_type(FLOAT, ("rows", 1)))],
    )


def manifest(
    onnx: bytes, name: str, version: str, features: Sequence[str], **more: object
) -> Mapping[str, Any]:
    """Give what a manifest says of a model."""
    return {
        "name": name,
        "version": version,
        "sha256": hashlib.sha256(onnx).hexdigest(),
        "features": [{"name": each, "dtype": "float32", "unit": "1"} for each in features],
        **more,
    }


def files(
    onnx: bytes, name: str, version: str, features: Sequence[str], **more: object
) -> dict[str, bytes]:
    """Give the files of a version by their keys in the object store."""
    said = json.dumps(manifest(onnx, name, version, features, **more)).encode()
    folder = f"{name}/{version}"
    return {f"{folder}/model.onnx": onnx, f"{folder}/manifest.json": said}
