"""The model, over Open Inference Protocol v2; the order of its features is its own to say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sandbox.reference.http import CallFailedError, Server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.reference.features import Value


class ModelClient:
    """One version of one model."""

    def __init__(self, server: Server, name: str, version: str) -> None:
        """Ask the server for the order of the features; raises CallFailedError."""
        self._server = server
        self._path = f"/v2/models/{name}/versions/{version}"
        metadata = server.get(self._path)
        self._input = metadata["inputs"][0]
        self._features: Sequence[Mapping[str, Any]] = metadata["parameters"]["features"]

    def probabilities(self, rows: Sequence[Mapping[str, Value]]) -> list[float]:
        """Give the probability of each row; raises CallFailedError unless there is one for each."""
        data = [encode(row, feature) for row in rows for feature in self._features]
        tensor = {
            "name": self._input["name"],
            "datatype": self._input["datatype"],
            "shape": [len(rows), len(self._features)],
            "data": data,
        }
        answer = self._server.post(f"{self._path}/infer", {"inputs": [tensor]})
        found: list[float] = answer["outputs"][0]["data"]
        bad = [each for each in found if not _is_probability(each)]
        if len(found) != len(rows) or bad:
            raise CallFailedError(f"{len(rows)} rows asked, {len(found)} answers, bad: {bad[:3]}")
        return found


def encode(row: Mapping[str, Value], feature: Mapping[str, Any]) -> float | None:
    """Give a feature as the model was trained on it; None, which is NaN, where unknown."""
    value = row[feature["name"]]
    vocabulary: Sequence[str] | None = feature.get("vocabulary")
    if vocabulary is None:
        return None if value is None else float(value)
    return float(vocabulary.index(str(value))) if value in vocabulary else None


def _is_probability(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1
