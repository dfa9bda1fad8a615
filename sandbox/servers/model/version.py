"""One version of a model, loaded: its tensors, its session, and how many rows it takes quickly."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from sandbox.servers.model.manifest import RefusedVersion, check_tensors, check_width
from sandbox.servers.model.refusal import BadRequest, ModelFailed
from sandbox.servers.model.signature import (
    ANY_LENGTH,
    Tensor,
    read_tensors,
    width_of,
    with_width,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sandbox.servers.model.data_folder import KeptVersion
    from sandbox.servers.model.tensors import Array

PLATFORM = "onnx_onnxv1"
ERRORS_ONLY = 3

# What may be run where requests are read, so that others wait no longer than that for it.
QUICK = 0.001
TRIED_ROWS = 64

onnxruntime.set_default_logger_severity(ERRORS_ONLY)


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version that is served; `quick_rows` is what it does in a millisecond."""

    name: str
    version: str
    kept: KeptVersion
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    quick_rows: int
    session: Any

    def run(self, feed: Mapping[str, Array], outputs: Sequence[str]) -> list[Array]:
        """Run the model; any thread may. Raises BadRequest and ModelFailed."""
        try:
            found: list[Array] = self.session.run(outputs, feed)
        except InvalidArgument as error:
            raise BadRequest(f"model {self.name!r} refused the inputs: {error}") from error
        except Exception as error:
            raise ModelFailed(f"model {self.name!r} failed: {error}") from error
        return found

    def describe(self) -> dict[str, Any]:
        """Give the metadata, less the list of versions."""
        manifest = self.kept.manifest
        return {
            "platform": PLATFORM,
            "inputs": [each.describe() for each in self.inputs.values()],
            "outputs": [each.describe() for each in self.outputs.values()],
            "parameters": {
                "version": self.version,
                "sha256": self.kept.sha256,
                "features": manifest.features,
            },
        }


def open_version(name: str, kept: KeptVersion, model: Path) -> Version:
    """Open a model whose file has been checked; raises RefusedVersion."""
    session = _open_session(model)
    outputs = read_tensors("output", session.get_outputs())
    inputs = _inputs(kept, session, outputs)
    return Version(
        name=name,
        version=kept.version,
        kept=kept,
        inputs={each.name: each for each in inputs},
        outputs={each.name: each for each in outputs},
        quick_rows=_quick_rows(session, inputs),
        session=session,
    )


def _open_session(model: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(
            str(model), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # its errors have no common ancestor
        raise RefusedVersion(f"model.onnx cannot be loaded: {error}") from error


def _inputs(kept: KeptVersion, session: Any, outputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    inputs = read_tensors("input", session.get_inputs())
    manifest = kept.manifest
    check_tensors(manifest, [each.name for each in inputs], [each.name for each in outputs])
    inputs = with_width(inputs, len(manifest.features))
    width = width_of(inputs)
    if width is not None:
        check_width(manifest, width)
    return inputs


def _quick_rows(session: Any, inputs: Sequence[Tensor]) -> int:
    """Measure how many rows the model does within QUICK; it is warm afterwards."""
    first = _seconds(session, inputs, 1)
    if first is None:
        return 0
    many = _seconds(session, inputs, TRIED_ROWS)
    if many is None:
        return 1 if first < QUICK else 0
    a_row = max((many - first) / (TRIED_ROWS - 1), 1e-8)
    return max(0, int((QUICK - first) / a_row))


def _seconds(session: Any, inputs: Sequence[Tensor], rows: int) -> float | None:
    """Give the better of three runs on zeros; None where the model does not take them."""
    feed = {each.name: _zeros(each, rows) for each in inputs}
    taken = []
    try:
        for _ in range(3):
            began = time.perf_counter()
            session.run(None, feed)
            taken.append(time.perf_counter() - began)
    except Exception:  # noqa: BLE001 - zeros may be wrong for a good model
        return None
    return min(taken)


def _zeros(tensor: Tensor, rows: int) -> Array:
    free = [1 if length == ANY_LENGTH else length for length in tensor.shape]
    if tensor.shape[:1] == (ANY_LENGTH,):
        free[0] = rows
    fill = "" if tensor.datatype.numpy == np.object_ else 0
    return np.full(free, fill, dtype=tensor.datatype.numpy)
