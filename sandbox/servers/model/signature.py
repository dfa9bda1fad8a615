"""What a model takes and gives: its tensors by name, type and shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.servers.model.datatypes import BY_ONNX, Datatype
from sandbox.servers.model.manifest import RefusedVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANY_LENGTH = -1


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor that a model takes or gives; ANY_LENGTH stands where a length is free."""

    name: str
    datatype: Datatype
    shape: tuple[int, ...]

    def fits(self, shape: Sequence[int]) -> bool:
        """Tell whether a tensor of `shape` may be sent."""
        if len(shape) != len(self.shape):
            return False
        for sent, wanted in zip(shape, self.shape, strict=True):
            if sent < 0 or wanted not in (sent, ANY_LENGTH):
                return False
        return True

    def describe(self) -> Mapping[str, Any]:
        """Give it as metadata shows it."""
        return {"name": self.name, "datatype": self.datatype.name, "shape": list(self.shape)}


def read_tensors(where: str, nodes: Sequence[Any]) -> tuple[Tensor, ...]:
    """Give a session's inputs or outputs; raises RefusedVersion where one is no tensor we know."""
    return tuple(_read_tensor(where, node) for node in nodes)


def _read_tensor(where: str, node: Any) -> Tensor:
    datatype = BY_ONNX.get(node.type)
    if datatype is None:
        raise RefusedVersion(
            f"model.onnx: {where} {node.name!r} is {node.type}, which the protocol cannot carry:"
            " export plain tensors (for scikit-learn: options zipmap=False)"
        )
    shape = node.shape if node.shape is not None else []
    lengths = (each if isinstance(each, int) and each >= 0 else ANY_LENGTH for each in shape)
    return Tensor(node.name, datatype, tuple(lengths))


def width_of(inputs: Sequence[Tensor]) -> int | None:
    """Give how many values a row has over all inputs; None where the model leaves it open."""
    widths = [each.shape[-1] if len(each.shape) > 1 else 1 for each in inputs]
    return None if ANY_LENGTH in widths else sum(widths)


def with_width(inputs: Sequence[Tensor], width: int) -> tuple[Tensor, ...]:
    """Fix the width that a model with one input leaves open."""
    if len(inputs) != 1 or inputs[0].shape[-1:] != (ANY_LENGTH,) or len(inputs[0].shape) == 1:
        return tuple(inputs)
    only = inputs[0]
    return (Tensor(only.name, only.datatype, (*only.shape[:-1], width)),)
