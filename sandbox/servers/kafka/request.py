"""One request, as handlers see it, and one API, as the table of handlers holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.servers.kafka.outcome import Outcome
    from sandbox.servers.kafka.state import Cluster


@dataclass(frozen=True, slots=True)
class Request:
    """The decoded body, its version, and who sent it; `connection` is the connection's number."""

    body: Any
    version: int
    client_id: str
    client_host: str
    connection: int
    cluster: Cluster


@dataclass(frozen=True, slots=True)
class Api:
    """One API: its key, its versions, its two messages, and what handles it."""

    key: int
    versions: range
    request: Any
    response: Any
    handle: Callable[[Request], Outcome]

    @property
    def name(self) -> str:
        """Give the name that Kafka's documentation has for it, such as Produce."""
        name: str = self.request.__name__
        return name.removesuffix("Request")
