"""An inference: from the bytes of a request to what the model is run on, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.errors import nearest
from sandbox.servers.model.messages import (
    InferRequest,
    InferResponse,
    InputTensor,
    LoggedInput,
    LoggedRequest,
    OutputTensor,
    RequestedOutput,
    decode_request,
    encode,
)
from sandbox.servers.model.refusal import BadRequest
from sandbox.servers.model.tensors import Array, from_binary, from_json, to_binary, to_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.servers.model.signature import Tensor
    from sandbox.servers.model.version import Version

# Tensors that came or went as bytes are shown in the call log up to this many of them.
LOGGED_BYTES = 65_536
NOT_OFFERED = {
    "shared_memory_region": "shared memory is not offered: send the data with the request",
    "classification": "classification is not offered: ask for the tensor",
}


@dataclass(slots=True)
class Call:
    """What is to be run: `rows` is the length of the longest input's first dimension."""

    request_id: str | None
    feed: dict[str, Array]
    outputs: list[str]
    binary: list[bool]
    rows: int
    logged: bytes | None


@dataclass(slots=True)
class Answer:
    """A response: `json_size` where bytes follow the JSON; `logged` is it, without such bytes.

    Where `logged` is None, or `logged_request` is, the call log shows the size alone.
    """

    body: bytes
    json_size: int | None
    logged: bytes | None
    logged_request: bytes | None


def read_call(version: Version, body: bytes, json_size: int | None) -> Call:
    """Read and check a request; raises BadRequest, saying what was expected."""
    head, tail = _split(body, json_size)
    request = decode_request(head)
    feed, rows = _read_inputs(version, request, tail)
    outputs, binary = _read_outputs(version, request)
    logged = body if json_size is None else _logged(request, feed, len(body))
    return Call(request.id, feed, outputs, binary, rows, logged)


def write_answer(version: Version, call: Call, results: Sequence[Array]) -> Answer:
    """Give the response."""
    tensors, chunks = [], []
    for name, is_binary, array in zip(call.outputs, call.binary, results, strict=True):
        datatype = version.outputs[name].datatype
        tensor = OutputTensor(name, datatype.name, list(array.shape))
        if is_binary:
            raw = to_binary(datatype, array)
            tensor.parameters = {"binary_data_size": len(raw)}
            chunks.append(raw)
        else:
            tensor.data = to_list(array)
        tensors.append(tensor)
    response = InferResponse(version.name, version.version, tensors, call.request_id)
    head = encode(response)
    if True not in call.binary:
        return Answer(head, None, head, call.logged)
    body = b"".join([head, *chunks])
    logged = _logged_response(response, results) if len(body) <= LOGGED_BYTES else None
    return Answer(body, len(head), logged, call.logged)


def answer(version: Version, body: bytes, json_size: int | None) -> Answer:
    """Do all of it: for requests that are large, in a thread."""
    call = read_call(version, body, json_size)
    return write_answer(version, call, version.run(call.feed, call.outputs))


def _split(body: bytes, json_size: int | None) -> tuple[bytes, bytes]:
    if json_size is None:
        return body, b""
    if not 0 < json_size <= len(body):
        raise BadRequest(
            f"Inference-Header-Content-Length is {json_size}, the body has {len(body)} bytes:"
            " it is the length of the JSON that the tensors' bytes follow"
        )
    return body[:json_size], body[json_size:]


def _read_inputs(
    version: Version, request: InferRequest, tail: bytes
) -> tuple[dict[str, Array], int]:
    feed: dict[str, Array] = {}
    at = rows = 0
    for sent in request.inputs:
        tensor = _tensor(version, sent)
        if sent.name in feed:
            raise BadRequest(f"input {sent.name!r} was sent twice")
        size = _binary_size(sent, len(tail) - at) if sent.parameters else None
        if size is None:
            if not sent.data:
                raise BadRequest(f"input {sent.name!r} has neither data nor binary_data_size")
            array = from_json(sent.name, tensor.datatype, sent.shape, bytes(sent.data))
        else:
            array = from_binary(sent.name, tensor.datatype, sent.shape, tail[at : at + size])
            at += size
        feed[sent.name] = array
        rows = max(rows, sent.shape[0] if sent.shape else 1)
    if len(feed) != len(version.inputs):
        missing = [repr(name) for name in version.inputs if name not in feed]
        raise BadRequest(f"model {version.name!r} also takes input {', '.join(missing)}")
    if at != len(tail):
        raise BadRequest(
            f"{len(tail)} bytes follow the JSON, the inputs' binary_data_size adds up to {at}"
        )
    return feed, rows


def _tensor(version: Version, sent: InputTensor) -> Tensor:
    """Give the tensor that was meant; raises BadRequest where it is another type or shape."""
    tensor = version.inputs.get(sent.name)
    if tensor is None:
        raise BadRequest(
            f"model {version.name!r} takes no input {sent.name!r}:"
            f" {nearest(sent.name, version.inputs)}"
        )
    if sent.datatype != tensor.datatype.name:
        raise BadRequest(
            f"input {sent.name!r} is {tensor.datatype.name}, {sent.datatype!r} was sent"
        )
    if not tensor.fits(sent.shape):
        raise BadRequest(
            f"input {sent.name!r} has shape {list(tensor.shape)}, {sent.shape} was sent"
            f"{_features(version, tensor, sent.shape)}"
        )
    return tensor


def _features(version: Version, tensor: Tensor, sent: Sequence[int]) -> str:
    """Name the features, where it is their number that does not fit."""
    names = version.kept.manifest.feature_names
    same_rank = len(sent) == len(tensor.shape)
    if len(version.inputs) > 1 or not same_rank or tensor.shape[-1:] != (len(names),):
        return ""
    return f"; the features are {', '.join(names)}"


def _binary_size(sent: InputTensor, left: int) -> int | None:
    parameters = sent.parameters or {}
    _check_offered(f"input {sent.name!r}", parameters)
    size = parameters.get("binary_data_size")
    if size is None:
        return None
    if not isinstance(size, int) or not 0 <= size <= left:
        raise BadRequest(
            f"input {sent.name!r} has binary_data_size {size!r}, and {left} bytes are left after"
            " the JSON (its length stands in Inference-Header-Content-Length)"
        )
    if sent.data:
        raise BadRequest(f"input {sent.name!r} has both data and binary_data_size")
    return size


def _read_outputs(version: Version, request: InferRequest) -> tuple[list[str], list[bool]]:
    """Give the outputs that are asked for (all, if none is named), and which go as bytes."""
    binary = bool((request.parameters or {}).get("binary_data_output"))
    if not request.outputs:
        return list(version.outputs), [binary] * len(version.outputs)
    names: list[str] = []
    for asked in request.outputs:
        if asked.name not in version.outputs:
            raise BadRequest(
                f"model {version.name!r} gives no output {asked.name!r}:"
                f" {nearest(asked.name, version.outputs)}"
            )
        if asked.name in names:
            raise BadRequest(f"output {asked.name!r} is asked for twice")
        names.append(asked.name)
    return names, [_is_binary(asked, binary) for asked in request.outputs]


def _is_binary(asked: RequestedOutput, unless_said: bool) -> bool:  # noqa: FBT001 - one use
    parameters = asked.parameters or {}
    _check_offered(f"output {asked.name!r}", parameters)
    return bool(parameters.get("binary_data", unless_said))


def _check_offered(where: str, parameters: Mapping[str, Any]) -> None:
    for key, reason in NOT_OFFERED.items():
        if key in parameters:
            raise BadRequest(f"{where}: {reason}")


def _logged(request: InferRequest, feed: Mapping[str, Array], size: int) -> bytes | None:
    """Give a request as if all of it had come as JSON."""
    if size > LOGGED_BYTES:
        return None
    inputs = [
        LoggedInput(each.name, each.datatype, each.shape, to_list(feed[each.name]))
        for each in request.inputs
    ]
    return encode(LoggedRequest(inputs, request.id))


def _logged_response(response: InferResponse, results: Sequence[Array]) -> bytes:
    for tensor, array in zip(response.outputs, results, strict=True):
        tensor.parameters = None
        tensor.data = to_list(array)
    return encode(response)
