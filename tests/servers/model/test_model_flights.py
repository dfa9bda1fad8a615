"""The reference product's own models, against their golden rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from model_process import features, succeed

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_bucket import Bucket
    from model_process import ModelProcess

MODELS = Path(__file__).parents[3] / "fixtures" / "flights" / "models"


@pytest.mark.parametrize("version", ["1", "2"])
def test_golden_rows(
    bucket: Bucket, start_server: Callable[..., ModelProcess], version: str
) -> None:
    """Through object store, server and JSON, each golden row has its probability."""
    files = (path for path in MODELS.rglob("*") if path.is_file())
    bucket.put({path.relative_to(MODELS).as_posix(): path.read_bytes() for path in files})
    server = start_server("arrival_delay")
    server.wait_ready()
    golden = json.loads((MODELS / "arrival_delay" / version / "golden.json").read_text())
    rows = features(golden["features"])
    answer = succeed(server.infer("arrival_delay", [rows], version=version)).json()
    assert answer["outputs"][0]["data"] == pytest.approx(golden["probability"], abs=1e-6)
