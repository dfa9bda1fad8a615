"""A member of a consumer group, as data."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Member:
    """A member; times in seconds of the broker's clock.

    `joined` means for the next generation; `connection` is the one that it was last heard on.
    """

    id: str
    client_id: str
    client_host: str
    session_timeout: float
    rebalance_timeout: float
    instance_id: str | None = None
    protocols: dict[str, bytes] = field(default_factory=dict)
    assignment: bytes = b""
    joined: bool = False
    last_seen: float = 0.0
    connection: int = -1

    def heard(self, now: float, connection: int) -> None:
        """Note that it lives."""
        self.last_seen = now
        self.connection = connection

    def as_fact(self) -> dict[str, Any]:
        """Give what is kept of it on disk."""
        return {
            "id": self.id,
            "client_id": self.client_id,
            "client_host": self.client_host,
            "session_timeout": self.session_timeout,
            "rebalance_timeout": self.rebalance_timeout,
            "instance_id": self.instance_id,
            "protocols": {name: _text(data) for name, data in self.protocols.items()},
            "assignment": _text(self.assignment),
        }


def read_member(fact: dict[str, Any], now: float) -> Member:
    """Make a member of what was kept; its session begins anew."""
    protocols = {name: b64decode(text) for name, text in fact["protocols"].items()}
    known = {**fact, "protocols": protocols, "assignment": b64decode(fact["assignment"])}
    return Member(**known, joined=True, last_seen=now)


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
