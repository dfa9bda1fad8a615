"""Inference with JSON: values, versions, outputs, types."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from model_bucket import WEIGHTS
from model_process import features, succeed

if TYPE_CHECKING:
    from model_process import ModelProcess

ROWS = [[0.5, 1.0, -2.0], [0.0, 0.0, 0.0], [-1.5, 0.25, 3.0]]
JSON_VALUES: dict[str, list[Any]] = {
    "BOOL": [True, False],
    "INT8": [-128, 127],
    "INT16": [-32768, 32767],
    "INT32": [-(2**31), 2**31 - 1],
    "INT64": [-(2**63), 2**63 - 1],
    "UINT8": [0, 255],
    "UINT16": [0, 65535],
    "UINT32": [0, 2**32 - 1],
    "UINT64": [0, 2**64 - 1],
    "FP16": [0.5, -65504.0],
    "FP32": [0.25, 3],
    "FP64": [0.1, 1e300],
    "BYTES": ["Zürich", ""],
}


def expected(version: str) -> list[float]:
    """Work out what a version must answer to ROWS."""
    sums = (sum(x * w for x, w in zip(row, WEIGHTS[version], strict=True)) for row in ROWS)
    return [1 / (1 + math.exp(-each)) for each in sums]


def echo(server: ModelProcess, datatype: str, shape: list[int], data: object) -> Any:
    """Send a tensor to the model that gives it back."""
    tensor = {"name": "x", "datatype": datatype, "shape": shape, "data": data}
    return succeed(server.infer(f"echo_{datatype}", [tensor])).json()["outputs"][0]


@pytest.mark.parametrize("version", ["1", "9", "10"])
def test_a_version_answers_with_its_own_weights(server: ModelProcess, version: str) -> None:
    """The values are the model's, and the answer says which model and version gave them."""
    answer = succeed(server.infer("logistic", [features(ROWS)], version=version)).json()
    (output,) = answer["outputs"]
    assert output.pop("data") == pytest.approx(expected(version), rel=1e-5)
    assert answer == {
        "model_name": "logistic",
        "model_version": version,
        "outputs": [{"name": "probability", "datatype": "FP32", "shape": [3]}],
    }


def test_without_a_version_the_highest_number_answers(server: ModelProcess) -> None:
    """10 is newer than 9."""
    answer = succeed(server.infer("logistic", [features(ROWS)])).json()
    assert answer["model_version"] == "10"


def test_the_id_comes_back(server: ModelProcess) -> None:
    """A request's id stands in its answer."""
    answer = succeed(server.infer("logistic", [features(ROWS)], id="flight 17")).json()
    assert answer["id"] == "flight 17"


def test_data_may_be_nested_as_its_shape(server: ModelProcess) -> None:
    """Rows as lists are the same as all values in one list."""
    nested = {**features(ROWS), "data": ROWS}
    answer = succeed(server.infer("logistic", [nested])).json()
    assert answer["outputs"][0]["data"] == server.probabilities("logistic", ROWS)


@pytest.mark.parametrize("datatype", JSON_VALUES)
def test_every_type_goes_through_json(server: ModelProcess, datatype: str) -> None:
    """The ends of each type's range come back as they were sent."""
    values = JSON_VALUES[datatype]
    found = echo(server, datatype, [1, 2], values)
    assert found == {"name": "y", "datatype": datatype, "shape": [1, 2], "data": values}


@pytest.mark.parametrize("datatype", ["FP16", "FP32", "FP64"])
def test_null_is_nan_and_nan_is_null(server: ModelProcess, datatype: str) -> None:
    """A missing number goes in as null, and comes out as null, for JSON has no NaN."""
    assert echo(server, datatype, [2, 2], [None, 1.5, 2, None])["data"] == [None, 1.5, 2.0, None]


def test_no_rows_are_no_rows(server: ModelProcess) -> None:
    """An empty batch is answered with an empty one."""
    assert echo(server, "FP32", [0, 2], []) == {
        "name": "y",
        "datatype": "FP32",
        "shape": [0, 2],
        "data": [],
    }


def test_only_the_outputs_that_are_asked_for_come(server: ModelProcess) -> None:
    """`outputs` chooses, and its order holds; without it all outputs come."""
    inputs = [
        {"name": name, "datatype": "FP32", "shape": [2, 1], "data": data}
        for name, data in (("b", [2, 3]), ("a", [5, 7]))
    ]
    both = succeed(server.infer("pair", inputs)).json()["outputs"]
    assert {each["name"]: each["data"] for each in both} == {"sum": [7, 10], "product": [10, 21]}
    asked = [{"name": "product"}, {"name": "sum"}]
    turned = succeed(server.infer("pair", inputs, outputs=asked)).json()["outputs"]
    assert [each["name"] for each in turned] == ["product", "sum"]
    one = succeed(server.infer("pair", inputs, outputs=asked[:1])).json()["outputs"]
    assert [each["data"] for each in one] == [[10, 21]]


@pytest.mark.parametrize("copies", [1, 20_000, 60_000])
def test_batches_of_any_size_agree(server: ModelProcess, copies: int) -> None:
    """Run at once, run in a thread, read in a thread: a row's answer is the same."""
    alone = server.probabilities("logistic", ROWS)
    assert server.probabilities("logistic", ROWS * copies) == alone * copies


def test_metadata_tells_tensors_and_features(server: ModelProcess) -> None:
    """Names, types and shapes of the tensors, the features in order, and all versions."""
    found = server.get("/v2/models/logistic")
    assert found["name"] == "logistic"
    assert found["versions"] == ["1", "9", "10"]
    assert found["platform"] == "onnx_onnxv1"
    assert found["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 3]}]
    assert found["outputs"] == [{"name": "probability", "datatype": "FP32", "shape": [-1]}]
    assert found["parameters"]["version"] == "10"
    assert found["parameters"]["features"] == [
        {"name": name, "dtype": "float32", "unit": "1"} for name in "abc"
    ]
    assert server.get("/v2/models/logistic/versions/9")["parameters"]["version"] == "9"


def test_the_server_says_what_it_is(server: ModelProcess) -> None:
    """Server metadata, liveness and readiness, of all and of one model."""
    assert server.get("/v2")["extensions"] == ["binary_tensor_data", "model_repository"]
    assert server.get("/v2/health/live") == {"live": True}
    assert server.get("/v2/health/ready") == {"ready": True, "reasons": []}
    assert server.get("/v2/models/logistic/ready")["ready"] is True
    assert server.get("/v2/models/logistic/versions/1/ready")["version"] == "1"
