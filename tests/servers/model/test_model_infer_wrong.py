"""Wrong requests: each is answered with its status and a sentence that says what was expected."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from model_process import features, succeed

if TYPE_CHECKING:
    from model_process import ModelProcess

LOGISTIC = "/v2/models/logistic/infer"
ROW = features([[1.0, 2.0, 3.0]])


def request(**changed: object) -> dict[str, Any]:
    """Give a good request with its only input changed."""
    return {"inputs": [{**ROW, **changed}]}


WRONG_REQUESTS = {
    "an unknown input": (
        request(name="feature"),
        "model 'logistic' takes no input 'feature': did you mean 'features'?",
    ),
    "another type": (request(datatype="FP64"), "input 'features' is FP32, 'FP64' was sent"),
    "no type there is": (request(datatype="FLOAT"), "input 'features' is FP32, 'FLOAT' was sent"),
    "too narrow": (
        request(shape=[1, 2], data=[1, 2]),
        "input 'features' has shape [-1, 3], [1, 2] was sent; the features are a, b, c",
    ),
    "another rank": (
        request(shape=[3]),
        "input 'features' has shape [-1, 3], [3] was sent",
    ),
    "a negative length": (
        request(shape=[-1, 3]),
        "input 'features' has shape [-1, 3], [-1, 3] was sent; the features are a, b, c",
    ),
    "too few values": (
        request(shape=[2, 3]),
        "input 'features': 3 values were sent, shape [2, 3] takes 6",
    ),
    "a shape beyond all memory": (
        request(shape=[2**40, 3]),
        f"input 'features': 3 values were sent, shape [{2**40}, 3] takes {3 * 2**40}",
    ),
    "nested otherwise": (
        request(shape=[2, 3], data=[[1, 2, 3]]),
        "input 'features': a list of 1 in data, where shape [2, 3] says 2",
    ),
    "a ragged row": (
        request(shape=[2, 3], data=[[1, 2, 3], [4, 5]]),
        "input 'features': a list of 2 in data, where shape [2, 3] says 3",
    ),
    "text among numbers": (
        request(data=[1, "2", 3]),
        (
            "input 'features', data: Expected `float | null`, got `str` - at `$[1]`"
            " (FP32 takes numbers or null)"
        ),
    ),
    "a truth among numbers": (
        request(data=[1, True, 3]),
        (
            "input 'features', data: Expected `float | null`, got `bool` - at `$[1]`"
            " (FP32 takes numbers or null)"
        ),
    ),
    "beyond the type": (
        request(data=[1, 1e39, 3]),
        "input 'features', data: a number is beyond what FP32 can hold",
    ),
    "no data": (
        {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 3]}]},
        "input 'features' has neither data nor binary_data_size",
    ),
    "no inputs": ({"inputs": []}, "model 'logistic' also takes input 'features'"),
    "twice the same": ({"inputs": [ROW, ROW]}, "input 'features' was sent twice"),
    "an unknown output": (
        {"inputs": [ROW], "outputs": [{"name": "probabilities"}]},
        "model 'logistic' gives no output 'probabilities': did you mean 'probability'?",
    ),
    "an output twice": (
        {"inputs": [ROW], "outputs": [{"name": "probability"}] * 2},
        "output 'probability' is asked for twice",
    ),
    "shared memory": (
        request(parameters={"shared_memory_region": "r"}),
        "input 'features': shared memory is not offered: send the data with the request",
    ),
    "classification": (
        {
            "inputs": [ROW],
            "outputs": [{"name": "probability", "parameters": {"classification": 2}}],
        },
        "output 'probability': classification is not offered: ask for the tensor",
    ),
    "no inputs at all": (
        {},
        "the request does not have the shape that is wanted: Object missing required field `inputs`",
    ),
    "a shape of text": (
        request(shape="1,3"),
        (
            "the request does not have the shape that is wanted:"
            " Expected `array`, got `str` - at `$.inputs[0].shape`"
        ),
    ),
}


@pytest.mark.parametrize(("body", "error"), WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_a_wrong_request_hears_what_was_expected(
    server: ModelProcess, body: dict[str, Any], error: str
) -> None:
    """400, and the place, what is wrong and what would be right."""
    answer = server.ask("POST", LOGISTIC, body)
    assert (answer.status, answer.error) == (400, error)
    assert server.ask("POST", LOGISTIC, {"inputs": [ROW]}).status == 200


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_nan_is_no_json(server: ModelProcess, word: str) -> None:
    """What Python writes for a missing number is refused, and the answer says what to send."""
    body = json.dumps(request(data=[1.0, float(word), 3.0])).encode()
    answer = server.ask("POST", LOGISTIC, body)
    assert answer.status == 400
    assert answer.error.startswith(
        f"{word} (byte {body.index(word.encode())}) is no JSON: send null"
    )


@pytest.mark.parametrize("body", [b"", b"{", b'{"inputs": [', b"\xff\xfe", b"[]", b"3"])
def test_what_is_no_request_is_refused(server: ModelProcess, body: bytes) -> None:
    """400 for any bytes."""
    answer = server.ask("POST", LOGISTIC, body)
    assert answer.status == 400
    assert answer.error


@pytest.mark.parametrize(
    ("datatype", "data", "reason"),
    [
        ("INT8", [128, 0], "Expected `int` <= 127 - at `$[0]`"),
        ("INT32", [1, 1.5], "Expected `int`, got `float` - at `$[1]`"),
        ("INT64", [2**63, 0], "a number is beyond what INT64 can hold"),
        ("INT64", [None, 0], "Expected `int`, got `null` - at `$[0]`"),
        ("UINT64", [-1, 0], "Expected `int` >= 0 - at `$[0]`"),
        ("UINT64", [2**64, 0], "a number is beyond what UINT64 can hold"),
        ("BOOL", [1, 0], "Expected `bool`, got `int` - at `$[0]`"),
        ("BYTES", [1, "b"], "Expected `str`, got `int` - at `$[0]`"),
        ("FP16", [70000.0, 0], "a number is beyond what FP16 can hold"),
        ("FP64", [0, "NaN"], "Expected `float | null`, got `str` - at `$[1]`"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_refused(
    server: ModelProcess, datatype: str, data: list[Any], reason: str
) -> None:
    """Nothing is rounded, wrapped or taken for something else."""
    tensor = {"name": "x", "datatype": datatype, "shape": [1, 2], "data": data}
    answer = server.infer(f"echo_{datatype}", [tensor])
    assert answer.status == 400
    assert answer.error.startswith("input 'x', data: ")
    assert reason in answer.error


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("POST", "/v2/models/logistics/infer", 404, "there is no model 'logistics': did you mean"),
        ("GET", "/v2/models/logistics", 404, "there is no model 'logistics': did you mean"),
        ("GET", "/v2/models/logistics/ready", 404, "there is no model 'logistics'"),
        (
            "POST",
            "/v2/models/logistic/versions/2/infer",
            404,
            "model 'logistic' has no version '2'",
        ),
        ("GET", "/v2/models/logistic/versions/2", 404, "model 'logistic' has no version '2'"),
        ("GET", LOGISTIC, 405, f"{LOGISTIC} answers POST"),
        ("POST", "/v2", 405, "/v2 answers GET"),
        ("GET", "/v2/repository/index", 405, "/v2/repository/index answers POST"),
        ("GET", "/", 404, "there is nothing at /"),
        ("GET", "/v1/models", 404, "there is nothing at /v1/models"),
        ("POST", "/v2/models//infer", 404, "there is no model ''"),
    ],
)
def test_what_is_not_there_is_said_to_be(
    server: ModelProcess, method: str, path: str, status: int, error: str
) -> None:
    """404 and 405, with the nearest that is there."""
    answer = server.ask(method, path, {"inputs": [ROW]} if method == "POST" else None)
    assert answer.status == status
    assert answer.error.startswith(error)


def test_a_body_that_is_too_large_hears_so(server: ModelProcess) -> None:
    """413 after 64 MB, also where it was packed; the server goes on."""
    large = b" " * (64 * 2**20 + 1)
    said = "the body is larger than 64 MB: send fewer rows at a time"
    answer = server.ask("POST", LOGISTIC, large)
    assert (answer.status, answer.error) == (413, said)
    answer = server.ask("POST", LOGISTIC, gzip.compress(large, 1), {"Content-Encoding": "gzip"})
    assert (answer.status, answer.error) == (413, said)
    succeed(server.ask("POST", LOGISTIC, {"inputs": [ROW]}))


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        (b"{}", "br", "Content-Encoding 'br': send gzip or deflate"),
        (b"{}", "gzip", "the body is no gzip"),
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip", "the body breaks off: its gzip has no end"),
    ],
)
def test_packing_that_cannot_be_undone_is_refused(
    server: ModelProcess, body: bytes, encoding: str, error: str
) -> None:
    """400, naming the encoding."""
    answer = server.ask("POST", LOGISTIC, body, {"Content-Encoding": encoding})
    assert answer.status == 400
    assert answer.error.startswith(error)
