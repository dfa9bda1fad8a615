"""The bodies of an inference, as the protocol has them."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.servers.model.refusal import BadRequest

NOTHING = msgspec.Raw(b"")
NO_NUMBERS = (b"NaN", b"Infinity", b"-Infinity")


class InputTensor(msgspec.Struct, gc=False):
    """A tensor that was sent; without `data` its bytes follow the JSON."""

    name: str
    shape: list[int]
    datatype: str
    data: msgspec.Raw = NOTHING
    parameters: dict[str, Any] | None = None


class RequestedOutput(msgspec.Struct, gc=False):
    """A tensor that is asked for."""

    name: str
    parameters: dict[str, Any] | None = None


class InferRequest(msgspec.Struct, gc=False):
    """The JSON of a request."""

    inputs: list[InputTensor]
    id: str | None = None
    outputs: list[RequestedOutput] | None = None
    parameters: dict[str, Any] | None = None


class OutputTensor(msgspec.Struct, omit_defaults=True, gc=False):
    """A tensor that is given; without `data` its bytes follow the JSON."""

    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, Any] | None = None
    data: list[Any] | None = None


class InferResponse(msgspec.Struct, omit_defaults=True, gc=False):
    """The JSON of a response."""

    model_name: str
    model_version: str
    outputs: list[OutputTensor]
    id: str | None = None


class LoggedInput(msgspec.Struct, gc=False):
    """A tensor that came as bytes, as the call log shows it."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any]


class LoggedRequest(msgspec.Struct, omit_defaults=True, gc=False):
    """A request with tensors that came as bytes, as the call log shows it."""

    inputs: list[LoggedInput]
    id: str | None = None


encode = msgspec.json.Encoder().encode
_request = msgspec.json.Decoder(InferRequest)


def decode_request(text: bytes) -> InferRequest:
    """Read the JSON of a request; raises BadRequest, and says so where it holds NaN."""
    try:
        return _request.decode(text)
    except msgspec.ValidationError as error:
        raise BadRequest(f"the request does not have the shape that is wanted: {error}") from error
    except msgspec.DecodeError as error:
        raise BadRequest(_malformed(text, str(error))) from error


def _malformed(text: bytes, error: str) -> str:
    """Say why a text is no JSON; msgspec tells the byte, and we the word that stands there."""
    found = error.rpartition("(byte ")[2].rstrip(")")
    at = int(found) if found.isdigit() else len(text)
    if text[at - 1 : at] == b"-":
        at -= 1
    for word in NO_NUMBERS:
        if text.startswith(word, at):
            return (
                f"{word.decode()} (byte {at}) is no JSON: send null for a missing number in an"
                " FP16, FP32 or FP64 tensor, or send the tensor in binary"
            )
    return f"the request is no JSON: {error}"
