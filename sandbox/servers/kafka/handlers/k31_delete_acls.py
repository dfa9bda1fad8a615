"""DeleteAcls (31): remove rules of who may do what.

Versions 1 to 3. Answered as Kafka does without an authorizer: security is disabled.

Not implemented: rules of access.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.admin import DeleteAclsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request


def handle(request: Request) -> Outcome:
    """Refuse each filter."""
    results = [
        DeleteAclsResponse.DeleteAclsFilterResult(
            error_code=Code.SECURITY_DISABLED,
            error_message="no authorizer is configured",
            matching_acls=[],
        )
        for _ in request.body.filters
    ]
    return Reply(DeleteAclsResponse(version=request.version, filter_results=results))
