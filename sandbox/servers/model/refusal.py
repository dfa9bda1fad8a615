"""What the server says when it will not do what was asked: an HTTP status and an `error`.

Refusal
├── BadRequest        400  the request is wrong, or a model is
├── NotFound          404  it names a model, a version or a path that is not there
├── MethodNotAllowed  405  the path is there, and answers other methods
├── TooLarge          413  its body is larger than the server takes
├── ModelFailed       500  the model itself failed on it
└── NotReady          503  a model or the object store is not there yet: ask again
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the server
    """The root; `error` is for people and names the place."""

    status: ClassVar[int] = 400

    def __init__(self, error: str) -> None:
        """Keep what to say."""
        super().__init__(error)
        self.error = error


class BadRequest(Refusal):
    """The request is wrong, or a model is."""


class NotFound(Refusal):
    """It names something that is not there."""

    status = 404


class MethodNotAllowed(Refusal):
    """The path is there, and answers other methods."""

    status = 405


class TooLarge(Refusal):
    """The body is larger than the server takes."""

    status = 413


class ModelFailed(Refusal):
    """The model failed."""

    status = 500


class NotReady(Refusal):
    """Something that is awaited is not there yet."""

    status = 503


def error_body(error: str) -> bytes:
    """Give the body of a response that says `error`, as the protocol has it."""
    return msgspec.json.encode({"error": error})
