"""DescribeConfigs (32): the settings of topics, of groups and of the broker.

Versions 1 to 4. Settings that this server acts on, and those that clients like to see.

Not implemented: documentation of settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeConfigsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.altering import BROKER, GROUP, TOPIC
from sandbox.servers.kafka.handlers.described_settings import (
    Described,
    broker_settings,
    group_settings,
    topic_settings,
)
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.servers.kafka.request import Request

Results = DescribeConfigsResponse.DescribeConfigsResult
Values = Results.DescribeConfigsResourceResult


def handle(request: Request) -> Outcome:
    """Describe each resource that is named."""
    results = [_describe(request, each) for each in request.body.resources]
    return Reply(DescribeConfigsResponse(version=request.version, results=results))


def _describe(request: Request, asked: Any) -> Any:
    code: Code = Code.NONE
    why: str | None = None
    found: Iterable[Described] = ()
    topic = request.cluster.topics.by_name.get(asked.resource_name)
    if asked.resource_type == TOPIC and topic is None:
        code, why = Code.UNKNOWN_TOPIC_OR_PARTITION, f"there is no topic {asked.resource_name}"
    elif asked.resource_type == TOPIC and topic is not None:
        found = topic_settings(topic.config)
    elif asked.resource_type == BROKER:
        code, why = _check_broker(asked.resource_name)
        # No name asks for what is set for all brokers while they run: nothing is.
        found = broker_settings(request.cluster) if asked.resource_name and not code else found
    elif asked.resource_type == GROUP:
        own = request.cluster.group_settings.by_group.get(asked.resource_name, {})
        found = group_settings(own)
    else:
        code = Code.INVALID_REQUEST
        why = f"resources of type {asked.resource_type} have no settings"
    keys = asked.configuration_keys or None
    return Results(
        error_code=code,
        error_message=why,
        resource_type=asked.resource_type,
        resource_name=asked.resource_name,
        configs=[_value(request, each) for each in found if keys is None or each.name in keys],
    )


def _check_broker(name: str) -> tuple[Code, str | None]:
    if name in ("", str(BROKER_ID)):
        return Code.NONE, None
    return Code.INVALID_REQUEST, f"there is no broker {name!r}: expected {BROKER_ID}, or nothing"


def _value(request: Request, each: Described) -> Any:
    synonyms = each.synonyms if request.body.include_synonyms else ()
    return Values(
        name=each.name,
        value=each.value,
        read_only=each.is_read_only,
        config_source=each.source,
        is_sensitive=False,
        synonyms=[
            Values.DescribeConfigsSynonym(name=name, value=value, source=source)
            for name, value, source in synonyms
        ],
        config_type=each.type,
        documentation=None,
    )
