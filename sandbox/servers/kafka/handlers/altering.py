"""What AlterConfigs and IncrementalAlterConfigs have in common: one resource changed, or refused."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.state.group_settings import problem_with as problem_with_group
from sandbox.servers.kafka.state.settings import problem_with

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.servers.kafka.request import Request

# KIP-133: what a setting may belong to.
TOPIC, BROKER, GROUP = 2, 4, 32


class InvalidChangeError(Exception):
    """A change makes no sense; the message says why."""

    code = Code.INVALID_REQUEST


class InvalidSettingError(InvalidChangeError):
    """A setting cannot be changed in this way."""

    code = Code.INVALID_CONFIG


def change(
    request: Request, asked: Any, apply: Callable[[Mapping[str, str]], dict[str, str]]
) -> tuple[Code, str | None]:
    """Change the settings of the topic or group that `asked` names, as `apply` says.

    `apply` gets the present settings and gives the new ones, or raises InvalidChangeError.
    """
    cluster, name = request.cluster, asked.resource_name
    if asked.resource_type == GROUP:
        present: Mapping[str, str] = cluster.group_settings.by_group.get(name, {})
        check, configure = problem_with_group, partial(cluster.group_settings.configure, name)
    elif asked.resource_type != TOPIC:
        return Code.INVALID_REQUEST, "only settings of topics and groups can be changed"
    else:
        topic = cluster.topics.by_name.get(name)
        if topic is None:
            return Code.UNKNOWN_TOPIC_OR_PARTITION, f"there is no topic {name}"
        present = topic.config
        check, configure = problem_with, partial(cluster.topics.configure, topic)
    try:
        wanted = apply(present)
    except InvalidChangeError as error:
        return error.code, str(error)
    problem = check(wanted)
    if problem:
        return Code.INVALID_CONFIG, problem
    if not request.body.validate_only:
        configure(wanted)
    return Code.NONE, None
