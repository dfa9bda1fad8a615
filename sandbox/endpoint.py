"""Where a service listens."""

from __future__ import annotations

import socket
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a TCP port."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """Give `host:port`, as Kafka's bootstrap servers are written."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Give `http://host:port`, without a slash at the end."""
        return f"http://{self.host}:{self.port}"


def is_listening(endpoint: Endpoint, *, timeout: float = 0.2) -> bool:
    """Tell whether somebody accepts TCP connections at `endpoint`; `timeout` in seconds."""
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=timeout):
            return True
    except OSError:
        return False
