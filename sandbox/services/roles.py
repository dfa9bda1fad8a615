"""Where services listen in containers: names and ports on the network of a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERYWHERE = "0.0.0.0"  # noqa: S104 - in a container, whose network is the sandbox's own

# What an app that listens is told as its PORT, unless it pins one.
APP_PORT = 8080

# A name with an underscore is none that S3's and other clients take for a host.
INSIDE: Mapping[str, Endpoint] = {
    "object_store": Endpoint("object-store", 9000),
    "stream": Endpoint("stream", 19092),
    "feature_server": Endpoint("feature-server", 8080),
    "model_server": Endpoint("model-server", 8080),
}

# Where our own servers keep what they must not lose, and the calls that they record.
DATA = "/data"
CALLS = "/data/calls.ndjson"


def host_of(name: str) -> str:
    """Give the host name of an app's container."""
    return name.replace("_", "-").lower()
