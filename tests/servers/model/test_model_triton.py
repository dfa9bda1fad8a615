"""tritonclient, unchanged, against the server: what teams that run Triton already have."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tritonclient.http as triton
from model_process import features, succeed
from tritonclient.utils import InferenceServerException

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from model_bucket import Bucket
    from model_process import Answer, ModelProcess

ROWS = np.array([[0.5, 1.0, -2.0], [0.0, 0.0, 0.0]], np.float32)
VALUES: dict[str, Any] = {
    "BOOL": np.array([[True, False]]),
    **{
        f"{sign}INT{bits}": np.array(
            [[np.iinfo(f"{sign.lower()}int{bits}").min, np.iinfo(f"{sign.lower()}int{bits}").max]],
            f"{sign.lower()}int{bits}",
        )
        for sign in ("", "U")
        for bits in (8, 16, 32, 64)
    },
    "FP16": np.array([[np.nan, 1.5]], np.float16),
    "FP32": np.array([[np.nan, np.inf]], np.float32),
    "FP64": np.array([[-np.inf, 0.1]], np.float64),
    "BYTES": np.array([["Zürich".encode(), b""]], object),
}


@pytest.fixture
def client(server: ModelProcess) -> Iterator[triton.InferenceServerClient]:
    """Give a client of the shared server."""
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        yield client


def tensor(name: str, datatype: str, values: Any, *, binary: bool = True) -> triton.InferInput:
    """Give an input."""
    made = triton.InferInput(name, list(values.shape), datatype)
    return made.set_data_from_numpy(values, binary_data=binary)


def test_health_and_metadata(client: triton.InferenceServerClient) -> None:
    """Its questions about the server and a model are answered."""
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("logistic")
    assert client.is_model_ready("logistic", "9")
    assert not client.is_model_ready("logistic", "2")
    assert client.get_server_metadata()["name"] == "sandbox"
    assert client.get_model_metadata("logistic", "9")["versions"] == ["1", "9", "10"]


@pytest.mark.parametrize("asks_in_binary", [True, False])
@pytest.mark.parametrize("sends_binary", [True, False])
def test_json_and_binary_agree(
    client: triton.InferenceServerClient,
    server: ModelProcess,
    *,
    sends_binary: bool,
    asks_in_binary: bool,
) -> None:
    """All four ways to send and to ask give what plain JSON gives."""
    found = client.infer(
        "logistic",
        [tensor("features", "FP32", ROWS, binary=sends_binary)],
        outputs=[triton.InferRequestedOutput("probability", binary_data=asks_in_binary)],
        request_id="7",
    )
    assert found.as_numpy("probability").tolist() == server.probabilities("logistic", ROWS.tolist())
    assert found.get_response()["id"] == "7"
    assert ("data" in found.get_output("probability")) != asks_in_binary


@pytest.mark.parametrize("datatype", VALUES)
def test_every_type_goes_through_binary(
    client: triton.InferenceServerClient, datatype: str
) -> None:
    """The ends of each type's range, NaN and infinity come back bit by bit."""
    values = VALUES[datatype]
    found = client.infer(f"echo_{datatype}", [tensor("x", datatype, values)])
    assert found.as_numpy("y").dtype == values.dtype
    np.testing.assert_array_equal(found.as_numpy("y"), values)


def test_tensors_of_both_kinds_in_one_request(client: triton.InferenceServerClient) -> None:
    """One input in JSON, one in binary, and the outputs the other way round."""
    column = np.array([[2.0], [3.0]], np.float32)
    found = client.infer(
        "pair",
        [tensor("a", "FP32", column, binary=False), tensor("b", "FP32", column * 2)],
        outputs=[
            triton.InferRequestedOutput("product", binary_data=True),
            triton.InferRequestedOutput("sum", binary_data=False),
        ],
    )
    assert found.as_numpy("sum").tolist() == [[6], [9]]
    assert found.as_numpy("product").tolist() == [[8], [18]]


def test_several_binary_outputs_and_no_rows(client: triton.InferenceServerClient) -> None:
    """Outputs that nobody names all come in binary; an empty batch is empty."""
    column = np.array([[2.0], [3.0]], np.float32)
    found = client.infer("pair", [tensor("b", "FP32", column), tensor("a", "FP32", column + 1)])
    assert found.as_numpy("sum").tolist() == [[5], [7]]
    assert found.as_numpy("product").tolist() == [[6], [12]]
    empty = client.infer("echo_FP32", [tensor("x", "FP32", np.zeros((0, 2), np.float32))])
    assert empty.as_numpy("y").shape == (0, 2)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_packed_requests(
    client: triton.InferenceServerClient, server: ModelProcess, algorithm: str
) -> None:
    """Compressed requests are read; the answer may go as it is."""
    found = client.infer(
        "logistic",
        [tensor("features", "FP32", ROWS)],
        request_compression_algorithm=algorithm,
        response_compression_algorithm=algorithm,
    )
    assert found.as_numpy("probability").tolist() == server.probabilities("logistic", ROWS.tolist())


def test_errors_reach_the_caller(client: triton.InferenceServerClient) -> None:
    """A refusal is raised with its status and its words."""
    with pytest.raises(InferenceServerException, match=r"\[400\].* has shape \[-1, 3\]"):
        client.infer("logistic", [tensor("features", "FP32", ROWS[:, :2])])
    with pytest.raises(InferenceServerException, match=r"\[404\] there is no model 'nothing'"):
        client.get_model_metadata("nothing")


def test_load_unload_and_index(bucket: Bucket, start_server: Callable[..., ModelProcess]) -> None:
    """Its repository verbs work as on Triton."""
    bucket.put_version("m", "1")
    server = start_server()
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        assert client.get_model_repository_index() == []
        client.load_model("m")
        assert client.get_model_repository_index() == [
            {"name": "m", "version": "1", "state": "READY", "reason": ""}
        ]
        assert client.infer("m", [tensor("features", "FP32", ROWS)]).as_numpy("probability").size
        client.unload_model("m")
        assert not client.is_model_ready("m")
        (row,) = client.get_model_repository_index()
        assert (row["state"], row["reason"]) == ("UNAVAILABLE", "was unloaded")
        with pytest.raises(InferenceServerException, match="there is no model at s3://"):
            client.load_model("nothing")
        with pytest.raises(InferenceServerException, match="a load takes no parameters here"):
            client.load_model("m", config="{}")


def ask_in_binary(
    server: ModelProcess, *, size: object, tail: bytes, json_size: str | None = None, **more: object
) -> Answer:
    """Send one row of logistic in binary, with what is said of it."""
    head = {"name": "features", "datatype": "FP32", "shape": [1, 3]}
    body = json.dumps({"inputs": [{**head, "parameters": {"binary_data_size": size}, **more}]})
    length = str(len(body)) if json_size is None else json_size
    headers = {"Inference-Header-Content-Length": length}
    return server.ask("POST", "/v2/models/logistic/infer", body.encode() + tail, headers)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "too few bytes": (
        {"size": 8, "tail": b"12345678"},
        "input 'features': 8 bytes were sent, shape [1, 3] of FP32 takes 12",
    ),
    "bytes that are not there": ({"size": 12, "tail": b"1234"}, "and 4 bytes are left"),
    "bytes left over": (
        {"size": 12, "tail": b"123456789012345"},
        "15 bytes follow the JSON, the inputs' binary_data_size adds up to 12",
    ),
    "a size of text": ({"size": "12", "tail": b"123456789012"}, "has binary_data_size '12'"),
    "a negative size": ({"size": -4, "tail": b""}, "has binary_data_size -4"),
    "data as well": (
        {"size": 12, "tail": b"123456789012", "data": [1, 2, 3]},
        "input 'features' has both data and binary_data_size",
    ),
    "a header longer than the body": (
        {"size": 12, "tail": b"", "json_size": "999"},
        "Inference-Header-Content-Length is 999, the body has",
    ),
    "a header of nothing": (
        {"size": 12, "tail": b"", "json_size": "0"},
        "Inference-Header-Content-Length is 0, the body has",
    ),
    "a header of text": (
        {"size": 12, "tail": b"", "json_size": "many"},
        "Inference-Header-Content-Length is no number",
    ),
}


@pytest.mark.parametrize(("sent", "error"), WRONG.values(), ids=WRONG)
def test_wrong_binary_hears_what_was_expected(
    server: ModelProcess, sent: dict[str, Any], error: str
) -> None:
    """400 and a sentence, whatever does not add up."""
    answer = ask_in_binary(server, **sent)
    assert answer.status == 400
    assert error in answer.error


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"\x05\0\0\0abc", "they end within one"),
        (b"\x01\0", "they end within one"),
        (b"\x01\0\0\0a", "1 values were sent, shape [1, 2] takes 2"),
        (b"\x01\0\0\0\xff\x01\0\0\0a", "a string is not UTF-8"),
    ],
)
def test_wrong_strings_hear_what_was_expected(server: ModelProcess, raw: bytes, error: str) -> None:
    """BYTES that end too early, are too few or are no text."""
    head = json.dumps(
        {
            "inputs": [
                {
                    "name": "x",
                    "datatype": "BYTES",
                    "shape": [1, 2],
                    "parameters": {"binary_data_size": len(raw)},
                }
            ]
        }
    ).encode()
    headers = {"Inference-Header-Content-Length": str(len(head))}
    answer = server.ask("POST", "/v2/models/echo_BYTES/infer", head + raw, headers)
    assert answer.status == 400
    assert error in answer.error


def test_packing_holds_json_and_bytes(server: ModelProcess) -> None:
    """The length of the JSON is that of the unpacked body."""
    body = json.dumps({"inputs": [features([[1.0, 2.0, 3.0]])]}).encode()
    headers = {"Content-Encoding": "gzip", "Inference-Header-Content-Length": str(len(body))}
    packed = gzip.compress(body)
    succeed(server.ask("POST", "/v2/models/logistic/infer", packed, headers))
