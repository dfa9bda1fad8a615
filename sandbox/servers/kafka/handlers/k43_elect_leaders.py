"""ElectLeaders (43): have partitions choose their leaders anew.

Versions 0 to 2. The one broker leads everything already, so no election is needed.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import ElectLeadersResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

Results = ElectLeadersResponse.ReplicaElectionResult


def handle(request: Request) -> Outcome:
    """Answer for each partition that is named; where all are meant, nothing is to be said."""
    results = [_topic(request, each) for each in request.body.topic_partitions or ()]
    return Reply(
        ElectLeadersResponse(
            version=request.version, error_code=Code.NONE, replica_election_results=results
        )
    )


def _topic(request: Request, asked: Any) -> Any:
    topics = request.cluster.topics
    partitions = []
    for index in asked.partitions:
        is_known = topics.find(asked.topic, index) is not None
        code = Code.ELECTION_NOT_NEEDED if is_known else Code.UNKNOWN_TOPIC_OR_PARTITION
        why = "the leader is the preferred one" if is_known else "there is no such partition"
        partitions.append(
            Results.PartitionResult(partition_id=index, error_code=code, error_message=why)
        )
    return Results(topic=asked.topic, partition_result=partitions)
