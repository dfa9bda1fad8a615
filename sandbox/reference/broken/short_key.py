"""The scorer with a key that is too short: carrier, flight number, date.

It looks unique and holds for months. On 2013-06-08 flight WN 2269 left both LaGuardia and Newark,
and one of the two predictions takes the place of the other in the archive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.reference.scorer import main

if TYPE_CHECKING:
    from sandbox.reference.departure import Departure


def short_key(departure: Departure) -> str:
    """Name a flight by too little."""
    return f"{departure.carrier}|{departure.flight}|{departure.scheduled_at.date()}"


if __name__ == "__main__":
    main(short_key)
