"""AlterPartitionReassignments (45): move partitions to other brokers (KIP-455).

Versions 0 to 1. There is one broker: to be there is granted, to be elsewhere or to call off a move
that there is not is refused.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import AlterPartitionReassignmentsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

Topics = AlterPartitionReassignmentsResponse.ReassignableTopicResponse
Partitions = Topics.ReassignablePartitionResponse


def handle(request: Request) -> Outcome:
    """Answer for each partition."""
    responses = [
        Topics(
            name=topic.name,
            partitions=[_partition(request, topic.name, each) for each in topic.partitions],
        )
        for topic in request.body.topics
    ]
    return Reply(
        AlterPartitionReassignmentsResponse(
            version=request.version,
            error_code=Code.NONE,
            error_message=None,
            responses=responses,
            allow_replication_factor_change=True,
        )
    )


def _partition(request: Request, topic: str, asked: Any) -> Any:
    code, why = Code.NONE, None
    if request.cluster.topics.find(topic, asked.partition_index) is None:
        code, why = Code.UNKNOWN_TOPIC_OR_PARTITION, "there is no such partition"
    elif asked.replicas is None:
        code, why = Code.NO_REASSIGNMENT_IN_PROGRESS, "no move is under way"
    elif asked.replicas != [BROKER_ID]:
        code, why = Code.INVALID_REPLICA_ASSIGNMENT, f"there is one broker, {BROKER_ID}"
    return Partitions(partition_index=asked.partition_index, error_code=code, error_message=why)
