"""IncrementalAlterConfigs (44): change single settings of topics and groups (KIP-339).

Versions 0 to 1. Set, delete, append to and subtract from a setting.

Not implemented: settings of the broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import IncrementalAlterConfigsResponse

from sandbox.servers.kafka.handlers.altering import InvalidChangeError, InvalidSettingError, change
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state.settings import LIST, setting, type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.servers.kafka.request import Request

SET, DELETE, APPEND, SUBTRACT = range(4)


def handle(request: Request) -> Outcome:
    """Change the settings of each topic that is named."""
    responses = [_alter(request, each) for each in request.body.resources]
    return Reply(IncrementalAlterConfigsResponse(version=request.version, responses=responses))


def _alter(request: Request, asked: Any) -> Any:
    code, why = change(request, asked, lambda present: _apply(present, asked.configs))
    return IncrementalAlterConfigsResponse.AlterConfigsResourceResponse(
        error_code=code,
        error_message=why,
        resource_type=asked.resource_type,
        resource_name=asked.resource_name,
    )


def _apply(present: Mapping[str, str], changes: list[Any]) -> dict[str, str]:
    changed = dict(present)
    if len({each.name for each in changes}) < len(changes):
        raise InvalidChangeError("the request changes a setting twice")
    for each in changes:
        if each.config_operation == DELETE:
            changed.pop(each.name, None)
        elif each.value is None:
            raise InvalidChangeError(f"Null value not supported for {each.name}")
        elif each.config_operation == SET:
            changed[each.name] = each.value
        else:
            changed[each.name] = _change_list(changed, each)
    return changed


def _change_list(present: Mapping[str, str], change: Any) -> str:
    if type_of(change.name) != LIST or change.config_operation not in (APPEND, SUBTRACT):
        raise InvalidSettingError(f"{change.name} is no list: it can be set or deleted")
    listed = [part for part in setting(present, change.name).split(",") if part]
    named = change.value.split(",")
    if change.config_operation == SUBTRACT:
        return ",".join(part for part in listed if part not in named)
    return ",".join([*listed, *(part for part in named if part not in listed)])
