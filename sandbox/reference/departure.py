"""A departure as it comes from the stream, and what names it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any


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
    """Read a record's value; raises UnreadableError."""
    try:
        said = json.loads(value or b"")
        return Departure(
            date=date.fromisoformat(said["date"]),
            scheduled_at=_moment(said, "scheduled_at"),
            departed_at=_moment(said, "departed_at"),
            carrier=_text(said, "carrier"),
            flight=int(said["flight"]),
            origin=_text(said, "origin"),
            tailnum=said.get("tailnum"),
            distance=float(said["distance"]),
            hour=int(said["hour"]),
            dep_delay=float(said["dep_delay"]),
        )
    except KeyError as error:
        raise UnreadableError(f"{error.args[0]} is missing") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise UnreadableError(str(error)) from error


def _moment(said: dict[str, Any], name: str) -> datetime:
    moment = datetime.fromisoformat(said[name])
    if moment.tzinfo is None:
        raise UnreadableError(f"{name} has no time zone: {said[name]!r}")
    return moment.astimezone(UTC)


def _text(said: dict[str, Any], name: str) -> str:
    found = said[name]
    if not isinstance(found, str) or not found:
        raise UnreadableError(f"{name} is no text: {found!r}")
    return found
