"""ListConfigResources (74): what has settings (KIP-1142).

Versions 0 to 1. Topics and the broker; version 0 asks for subscriptions to metrics of clients alone.

Not implemented: settings of groups, loggers and metrics of clients; there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.admin import ListConfigResourcesResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.altering import BROKER, TOPIC
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

BROKER_LOGGER, CLIENT_METRICS, GROUP = 8, 16, 32
KINDS = (TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP)
KINDS_FROM = 1


def handle(request: Request) -> Outcome:
    """List those of the kinds that are asked for, of all kinds where none is named."""
    asked = request.body.resource_types if request.version >= KINDS_FROM else [CLIENT_METRICS]
    if not set(asked) <= set(KINDS):
        return _reply(request, Code.UNSUPPORTED_VERSION, [])
    wanted = set(asked or KINDS)
    found = [(name, TOPIC) for name in request.cluster.topics.by_name if TOPIC in wanted]
    found += [(str(BROKER_ID), kind) for kind in (BROKER, BROKER_LOGGER) if kind in wanted]
    return _reply(request, Code.NONE, found)


def _reply(request: Request, code: Code, found: list[tuple[str, int]]) -> Reply:
    resources = [
        ListConfigResourcesResponse.ConfigResource(resource_name=name, resource_type=kind)
        for name, kind in found
    ]
    return Reply(
        ListConfigResourcesResponse(
            version=request.version, error_code=code, config_resources=resources
        )
    )
