"""ListPartitionReassignments (46): which partitions are on their way to other brokers (KIP-455).

Version 0. With one broker none ever is.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.admin import ListPartitionReassignmentsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request


def handle(request: Request) -> Outcome:
    """List none."""
    return Reply(
        ListPartitionReassignmentsResponse(
            version=request.version, error_code=Code.NONE, error_message=None, topics=[]
        )
    )
