"""Services that run already, such as those of staging, and what of them is this sandbox's own.

Others use them too. So the sandbox sees of the stream the topics that are declared and the consumer
groups that its apps are declared to read in, and of the object store the buckets that are declared;
and it deletes or replaces nothing unless that was allowed by the target's name.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.config.check_external import KAFKA_SETTINGS, endpoint_of
from sandbox.config.names import is_variable
from sandbox.endpoint import is_listening
from sandbox.errors import ConfigError, EnvironmentFailedError, UsageError, Where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.config.definition import Config
    from sandbox.endpoint import Endpoint
    from sandbox.runtime.record import SandboxRecord


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a shared stream is this sandbox's."""

    topics: frozenset[str]
    groups: frozenset[str]


def scope_of(config: Config) -> Scope:
    """Give the topics that are declared, and the groups that apps are declared to read in."""
    groups = [group for app in config.apps.values() for group in app.consumes.values()]
    return Scope(frozenset(config.stream.topics), frozenset(groups))


def endpoints_of(record: SandboxRecord) -> dict[str, Endpoint]:
    """Give where the services listen that the sandbox does not run."""
    return {service: endpoint_of(service, place) for service, place in record.external.items()}


def kafka_settings(config: Config) -> dict[str, str]:
    """Give what kafka-python's clients are set to; raises ConfigError where a variable is not set."""
    return {
        KAFKA_SETTINGS[name]: _resolved(config, name, value)
        for name, value in config.external.kafka.items()
    }


def _resolved(config: Config, setting: str, value: str) -> str:
    """Give a value as it stands, or what the variable that it names holds; `$$` is a dollar."""
    if value.startswith("$$"):
        return value[1:]
    name = value.removeprefix("$")
    if name == value or not is_variable(name):
        return value
    found = os.environ.get(name)
    if found is None:
        raise ConfigError(
            "this is the value of a variable, and the environment has no such",
            where=Where(config.path, key=f"external.kafka.{setting}"),
            hint="export it; a value that begins with a dollar is written with two",
        )
    return found


def check_answers(config: Config, endpoints: Mapping[str, Endpoint]) -> None:
    """Raise EnvironmentFailedError, naming the key, unless every service accepts connections."""
    for service, endpoint in endpoints.items():
        if not is_listening(endpoint):
            raise EnvironmentFailedError(
                _why_not(endpoint),
                where=Where(config.path, key=f"external.{service}"),
                hint="does it run, and can this machine reach it (VPN, port-forward)?",
            )


def _why_not(endpoint: Endpoint) -> str:
    try:
        socket.getaddrinfo(endpoint.host, endpoint.port)
    except OSError:
        return f"nobody knows a host {endpoint.host!r}"
    return f"nobody listens at {endpoint.address}"


def check_is_same(config: Config, record: SandboxRecord) -> None:
    """Refuse to go on with other services than those that the sandbox was started with."""
    if (config.external.name, config.external.places) != (record.target, record.external):
        raise UsageError(
            f"the sandbox {config.name!r} is up with {record.target!r}, and sandbox.toml names"
            " another target or other places now",
            hint="sandbox down first, then sandbox up",
        )
