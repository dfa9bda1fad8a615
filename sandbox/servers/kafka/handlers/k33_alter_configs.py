"""AlterConfigs (33): replace all settings of topics and groups.

Versions 0 to 2.

Not implemented: settings of the broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import AlterConfigsResponse

from sandbox.servers.kafka.handlers.altering import change
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request


def handle(request: Request) -> Outcome:
    """Replace the settings of each topic that is named."""
    responses = [_alter(request, each) for each in request.body.resources]
    return Reply(AlterConfigsResponse(version=request.version, responses=responses))


def _alter(request: Request, asked: Any) -> Any:
    wanted = {each.name: each.value for each in asked.configs if each.value is not None}
    code, why = change(request, asked, lambda _: wanted)
    return AlterConfigsResponse.AlterConfigsResourceResponse(
        error_code=code,
        error_message=why,
        resource_type=asked.resource_type,
        resource_name=asked.resource_name,
    )
