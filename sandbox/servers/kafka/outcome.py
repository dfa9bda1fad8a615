"""What a handler may answer, as data: the broker alone acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer now, with a response object of the request's version."""

    response: Any


@dataclass(frozen=True, slots=True)
class Silence:
    """Answer nothing and go on; Produce with acks=0."""


@dataclass(frozen=True, slots=True)
class Sever:
    """Close the connection."""


@dataclass(frozen=True, slots=True)
class Park:
    """Answer later: when one of `keys` is woken, or after `seconds` (None: only when woken).

    `again` is asked each time, and told whether the time is over; it answers with an outcome.
    """

    keys: tuple[object, ...]
    seconds: float | None
    again: Callable[[bool], Outcome]


Outcome = Reply | Silence | Sever | Park
