"""call_model: ask the model server once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.errors import ServiceFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import CallModel


def act(stage: Stage, step: CallModel) -> str:
    """Ask, and compare the status with what the scenario expects."""
    inputs = [
        {"name": name, "datatype": "FP32", "shape": _shape(rows), "data": rows}
        for name, rows in step.inputs.items()
    ]
    status, answer = stage.live.model_server().infer(step.model, step.version, {"inputs": inputs})
    if status != step.status:
        raise ServiceFailedError(
            f"{step.model} answered {status}, and the scenario expects {step.status}: {answer}"
        )
    return f"{step.model}: {status}"


def _shape(rows: Sequence[Any]) -> list[int]:
    """Give the shape of nested lists, by their first elements."""
    shape = []
    level: Any = rows
    while isinstance(level, (list, tuple)):
        shape.append(len(level))
        level = level[0] if level else None
    return shape
