"""CreateTopics (19): make topics.

Versions 2 to 7. As many partitions as `--num-partitions` unless said; the replication factor may be 1 or the default, as on
any cluster of one broker.

Not implemented: assignments of replicas beyond their count.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import CreateTopicsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.described_settings import topic_settings
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.settings import problem_with
from sandbox.servers.kafka.state.topics import is_legal

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

Results = CreateTopicsResponse.CreatableTopicResult
DEFAULT = -1


def handle(request: Request) -> Outcome:
    """Make each topic that can be made; one that is named twice cannot."""
    asked = {each.name: each for each in request.body.topics}
    counts = Counter(each.name for each in request.body.topics)
    topics = [
        _create(request, each)
        if counts[name] == 1
        else _refuse(name, Code.INVALID_REQUEST, "the request names it twice")
        for name, each in asked.items()
    ]
    return Reply(CreateTopicsResponse(version=request.version, topics=topics))


def _create(request: Request, asked: Any) -> Any:
    count = len(asked.assignments) or (
        request.cluster.num_partitions if asked.num_partitions == DEFAULT else asked.num_partitions
    )
    config = {each.name: each.value for each in asked.configs}
    code, why = _check(request, asked, count, config)
    if code:
        return _refuse(asked.name, code, why)
    if request.body.validate_only:
        return _made(asked.name, count, config, uuid.UUID(request.cluster.random_id()))
    try:
        topic = request.cluster.topics.create(asked.name, count, config)
    except OSError as error:
        return _refuse(asked.name, Code.KAFKA_STORAGE_ERROR, str(error))
    return _made(asked.name, count, config, topic.id)


def _refuse(name: str, code: Code, why: str | None) -> Any:
    return Results(name=name, error_code=code, error_message=why, configs=[])


def _made(name: str, count: int, config: dict[str, str], topic_id: Any) -> Any:
    return Results(
        name=name,
        error_code=Code.NONE,
        error_message=None,
        num_partitions=count,
        replication_factor=1,
        configs=[
            Results.CreatableTopicConfigs(
                name=each.name,
                value=each.value,
                read_only=each.is_read_only,
                config_source=each.source,
                is_sensitive=False,
            )
            for each in topic_settings(config)
        ],
        topic_id=topic_id,
    )


def _check(
    request: Request, asked: Any, count: int, config: dict[str, Any]
) -> tuple[Code, str | None]:
    if not is_legal(asked.name):
        return Code.INVALID_TOPIC_EXCEPTION, f"the name {asked.name!r} is not legal"
    if asked.name in request.cluster.topics.by_name:
        return Code.TOPIC_ALREADY_EXISTS, f"Topic '{asked.name}' already exists."
    if count < 1:
        return Code.INVALID_PARTITIONS, "a topic has one partition or more"
    if asked.replication_factor not in (DEFAULT, 1):
        return Code.INVALID_REPLICATION_FACTOR, "there is one broker, so one replica"
    nulls = [name for name, value in config.items() if value is None]
    if nulls:
        return (
            Code.INVALID_CONFIG,
            f"Null value not supported for topic configs: {', '.join(nulls)}",
        )
    problem = problem_with(config)
    return (Code.INVALID_CONFIG, problem) if problem else (Code.NONE, None)
