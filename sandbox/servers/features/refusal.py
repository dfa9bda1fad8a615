"""What the server says when it will not do what was asked: an HTTP status and a `detail`.

Refusal
├── BadRequest   400  the request is wrong, and changed nothing
├── NotFound     404  it names a table, a feature, a service or a path that is not there
├── Conflict     409  it is at odds with what is there
└── Malformed    422  its body does not have the shape that is wanted (as Feast says it)
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the server
    """The root; `detail` is for people and names the place."""

    status: ClassVar[int] = 400

    def __init__(self, detail: str) -> None:
        """Keep what to say."""
        super().__init__(detail)
        self.detail = detail


class BadRequest(Refusal):
    """The request is wrong."""


class NotFound(Refusal):
    """It names something that is not there."""

    status = 404


class Conflict(Refusal):
    """It is at odds with what is there."""

    status = 409


class Malformed(Refusal):
    """Its body has another shape than is wanted."""

    status = 422
