"""DescribeAcls (29): which rules say who may do what.

Versions 1 to 3. Everybody may do everything here, so it is answered as Kafka does without an
authorizer: security is disabled.

Not implemented: rules of access.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.admin import DescribeAclsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request


def handle(request: Request) -> Outcome:
    """Say that there are no rules."""
    return Reply(
        DescribeAclsResponse(
            version=request.version,
            error_code=Code.SECURITY_DISABLED,
            error_message="no authorizer is configured",
            resources=[],
        )
    )
