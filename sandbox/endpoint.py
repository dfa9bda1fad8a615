"""Where a service listens."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"

# The schemes of URLs, and the port that each means unless one is said.
PORTS = {"http": 80, "https": 443}

# A name, or an address of either kind.
HOST = re.compile(r"[A-Za-z0-9_.:-]+")

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
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Give `http://host:port`, or `https`, without a slash at the end."""
        return f"{'https' if self.secure else 'http'}://{self.address}"


def read_address(text: str) -> Endpoint:
    """Read `host:port`; raises ValueError."""
    host, port = _read_netloc(text)
    if port is None:
        raise ValueError("this is not HOST:PORT")
    return Endpoint(host, port)


def read_url(text: str) -> Endpoint:
    """Read `http://host`, or `https`, with a port or the scheme's own; raises ValueError."""
    scheme, separator, rest = text.partition("://")
    if scheme not in PORTS or not separator:
        raise ValueError("this is not http://HOST:PORT, or https")
    netloc, slash, path = rest.partition("/")
    if path:
        raise ValueError(f"a service is a host and a port, and this has a path: {slash}{path}")
    host, port = _read_netloc(netloc)
    return Endpoint(host, PORTS[scheme] if port is None else port, scheme == "https")


def _read_netloc(text: str) -> tuple[str, int | None]:
    """Read a host, and a port where there is one; what could hold a password is not repeated."""
    if "@" in text:
        raise ValueError("who you are does not belong here: a service is a host and a port")
    parts = urlsplit(f"//{text}")
    try:
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        port, host = None, ""
    if not HOST.fullmatch(host) or parts.netloc != text or port == 0:
        raise ValueError(f"{text!r} is not HOST:PORT")
    return host, port


def is_listening(endpoint: Endpoint) -> bool:
    """Tell whether somebody accepts TCP connections at `endpoint`."""
    timeout = HERE if endpoint.host == LOOPBACK else ELSEWHERE
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=timeout):
            return True
    except OSError:
        return False
