"""DescribeConfigs (32): the settings of topics and of the broker.

Versions 1 to 4. Settings that this server acts on, and those that clients like to see.

Not implemented: documentation of settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeConfigsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.altering import BROKER, TOPIC
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.settings import BROKER_SETTINGS, TOPIC_SETTINGS, type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.servers.kafka.request import Request

Results = DescribeConfigsResponse.DescribeConfigsResult
Values = Results.DescribeConfigsResourceResult
# KIP-226: where a value comes from.
SET_ON_TOPIC, STATIC, DEFAULT = 1, 4, 5


def handle(request: Request) -> Outcome:
    """Describe each resource that is named."""
    results = [_describe(request, each) for each in request.body.resources]
    return Reply(DescribeConfigsResponse(version=request.version, results=results))


def _describe(request: Request, asked: Any) -> Any:
    code, why, values = Code.NONE, None, []
    topic = request.cluster.topics.by_name.get(asked.resource_name)
    if asked.resource_type == TOPIC and topic is None:
        code, why = Code.UNKNOWN_TOPIC_OR_PARTITION, f"there is no topic {asked.resource_name}"
    elif asked.resource_type == TOPIC and topic is not None:
        values = _values(TOPIC_SETTINGS, topic.config, SET_ON_TOPIC, asked.configuration_keys)
    elif asked.resource_type == BROKER:
        values = _values(BROKER_SETTINGS, {}, STATIC, asked.configuration_keys)
    else:
        code, why = (
            Code.INVALID_REQUEST,
            f"resources of type {asked.resource_type} have no settings",
        )
    return Results(
        error_code=code,
        error_message=why,
        resource_type=asked.resource_type,
        resource_name=asked.resource_name,
        configs=values,
    )


def _values(
    defaults: Mapping[str, str], given: Mapping[str, str], source: int, keys: list[str] | None
) -> list[Any]:
    return [
        Values(
            name=name,
            value=value,
            read_only=False,
            config_source=source if name in given else DEFAULT,
            is_sensitive=False,
            synonyms=[],
            config_type=type_of(name),
            documentation=None,
        )
        for name, value in {**defaults, **given}.items()
        if keys is None or name in keys
    ]
