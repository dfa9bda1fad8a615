"""What AlterConfigs and IncrementalAlterConfigs have in common: one resource changed, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.state.settings import problem_with

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.servers.kafka.request import Request

# KIP-133: what a setting may belong to.
TOPIC, BROKER = 2, 4


class InvalidChangeError(Exception):
    """A change makes no sense; the message says why."""

    code = Code.INVALID_REQUEST


class InvalidSettingError(InvalidChangeError):
    """A setting cannot be changed in this way."""

    code = Code.INVALID_CONFIG


def change(
    request: Request, asked: Any, apply: Callable[[Mapping[str, str]], dict[str, str]]
) -> tuple[Code, str | None]:
    """Change the settings of the topic that `asked` names, as `apply` says.

    `apply` gets the present settings and gives the new ones, or raises InvalidChangeError.
    """
    topics = request.cluster.topics
    topic = topics.by_name.get(asked.resource_name)
    if asked.resource_type != TOPIC:
        return Code.INVALID_REQUEST, "only settings of topics can be changed"
    if topic is None:
        return Code.UNKNOWN_TOPIC_OR_PARTITION, f"there is no topic {asked.resource_name}"
    try:
        wanted = apply(topic.config)
    except InvalidChangeError as error:
        return error.code, str(error)
    problem = problem_with(wanted)
    if problem:
        return Code.INVALID_CONFIG, problem
    if not request.body.validate_only:
        topics.configure(topic, wanted)
    return Code.NONE, None
