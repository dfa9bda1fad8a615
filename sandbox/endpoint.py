"""Where a service listens."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"

# The schemes of URLs, and the port that each means unless one is said.
PORTS = {"http": 80, "https": 443}

# How long a connection may take, in seconds: on this machine, and elsewhere.
HERE, ELSEWHERE = 0.2, 3.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a TCP port; `secure` where HTTP goes over TLS."""

    host: str
    port: int
    secure: bool = False

    @property
    def address(self) -> str:
        """Give `host:port`, as Kafka's bootstrap servers are written."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Give `http://host:port`, or `https`, without a slash at the end."""
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"


def read_address(text: str) -> Endpoint:
    """Read `host:port`; raises ValueError."""
    host, _, port = text.rpartition(":")
    # urlsplit knows what a host and a port are.
    parts = urlsplit(f"//{text}")
    if not (host and port) or parts.netloc != text or parts.hostname is None or not parts.port:
        raise ValueError(f"{text!r} is not HOST:PORT")
    return Endpoint(parts.hostname, parts.port)


def read_url(text: str) -> Endpoint:
    """Read `http://host`, or `https`, with a port or the scheme's own; raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in PORTS or parts.hostname is None or "@" in parts.netloc:
        raise ValueError(f"{text!r} is not http://HOST:PORT")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"{text!r} has a path: a service is a host and a port")
    return Endpoint(parts.hostname, parts.port or PORTS[parts.scheme], parts.scheme == "https")


def is_listening(endpoint: Endpoint) -> bool:
    """Tell whether somebody accepts TCP connections at `endpoint`."""
    timeout = HERE if endpoint.host == LOOPBACK else ELSEWHERE
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=timeout):
            return True
    except OSError:
        return False
