"""A departure as it comes from the stream, and what names it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Moment = TypeVar("Moment", date, datetime)

# Beyond any flight's number, miles or minutes; and what the archive's INTEGER can hold.
LARGEST = 2**31 - 1


class UnreadableError(ValueError):
    """A record that is no departure; it goes to the dead letters, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A flight that has left.

    Times are UTC; `date` and `hour` are New York's, of the schedule; `distance` is in miles,
    `dep_delay` in minutes.
    """

    date: date
    scheduled_at: datetime
    departed_at: datetime
    carrier: str
    flight: int
    origin: str
    tailnum: str | None
    distance: float
    hour: int
    dep_delay: float

    @property
    def key(self) -> str:
        """What names one flight, and no other: a flight number leaves several airports a day."""
        moment = self.scheduled_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{moment}|{self.carrier}|{self.flight}|{self.origin}"


def read_departure(value: bytes | None) -> Departure:
    """Read a record's value; raises UnreadableError, with what is wrong.

    What passes here can be scored and archived: a record that only fails further on would be tried
    again for ever, and hold up all that come after it.
    """
    said = _object(value)
    return Departure(
        date=_moment(said, "date", date.fromisoformat),
        scheduled_at=_moment(said, "scheduled_at", _utc),
        departed_at=_moment(said, "departed_at", _utc),
        carrier=_text(said, "carrier"),
        flight=_whole(said, "flight"),
        origin=_text(said, "origin"),
        tailnum=None if said.get("tailnum") is None else _text(said, "tailnum"),
        distance=_number(said, "distance"),
        hour=_whole(said, "hour"),
        dep_delay=_number(said, "dep_delay"),
    )


def _object(value: bytes | None) -> dict[str, Any]:
    try:
        said = json.loads(value or b"")
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"the value is no JSON: {error}") from error
    if not isinstance(said, dict):
        raise UnreadableError(f"the value is no JSON object: {said!r:.100}")
    return said


def _field(said: dict[str, Any], name: str) -> Any:
    if name not in said:
        raise UnreadableError(f"{name} is missing")
    return said[name]


def _moment(said: dict[str, Any], name: str, read: Callable[[str], Moment]) -> Moment:
    found = _field(said, name)
    try:
        return read(found)
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableError(f"{name} cannot be {found!r:.100}: {error}") from error


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("it has no time zone")
    return moment.astimezone(UTC)


def _text(said: dict[str, Any], name: str) -> str:
    found = _field(said, name)
    # Nothing that names a flight has control characters, or the halves of characters that JSON can
    # say and nobody can store.
    if not isinstance(found, str) or not found or not found.isprintable():
        raise UnreadableError(f"{name} is no text: {found!r:.100}")
    return found


def _number(said: dict[str, Any], name: str) -> float:
    found = _field(said, name)
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise UnreadableError(f"{name} is no number: {found!r:.100}")
    if not -LARGEST <= found <= LARGEST:
        raise UnreadableError(f"{name} is out of range: {found!r:.100}")
    return float(found)


def _whole(said: dict[str, Any], name: str) -> int:
    found = _number(said, name)
    if found != int(found):
        raise UnreadableError(f"{name} is no whole number: {found!r}")
    return int(found)
