"""A bucket of models, as tests fill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tiny_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from object_store_process import ObjectStoreProcess

# The weights of each version of a logistic model of three features.
WEIGHTS = {"1": [1.0, 2.0, -1.0], "9": [2.0, 2.0, 2.0], "10": [-1.0, 0.5, 0.0]}
NAMES = ["a", "b", "c"]


class Bucket:
    """A bucket of its own."""

    def __init__(self, store: ObjectStoreProcess, name: str) -> None:
        """Make it."""
        self.store = store
        self.name = name
        store.make_bucket(name)

    @property
    def address(self) -> str:
        """Give it as `--models` takes it."""
        return f"s3://{self.name}"

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put objects by their keys."""
        self.store.put(self.name, files)

    def put_version(self, name: str, version: str, **more: object) -> None:
        """Put a version of a logistic model; `more` stands in its manifest."""
        onnx = tiny_model.logistic(WEIGHTS[version])
        self.put(tiny_model.files(onnx, name, version, NAMES, **more))

    def remove(self, *keys: str) -> None:
        """Remove objects."""
        self.store.remove(self.name, *keys)
