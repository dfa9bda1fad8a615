"""Cut a day into ticks, so that features are as old as they were when each record came."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.errors import ScenarioError

if TYPE_CHECKING:
    from sandbox.services.stream_client import Message


def start_of_tick(message: Message, length: float | None) -> datetime:
    """Give the moment at which the tick of `length` seconds that holds the message begins.

    Raises ScenarioError where the message has no time.
    """
    if message.timestamp is None or not length:
        raise ScenarioError(f"a tick needs records with a timestamp, this has none: {message}")
    seconds = message.timestamp / 1000
    return datetime.fromtimestamp(seconds - seconds % length, tz=UTC)
