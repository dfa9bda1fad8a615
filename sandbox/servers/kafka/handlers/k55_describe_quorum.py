"""DescribeQuorum (55): who keeps the cluster's metadata (KIP-595).

Versions 0 to 2. The one broker is the one voter; how far it is is the count of facts that its journal
was given.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeQuorumResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

METADATA_TOPIC = "__cluster_metadata"
Topics = DescribeQuorumResponse.TopicData
Partitions = Topics.PartitionData
EPOCH = 1


def handle(request: Request) -> Outcome:
    """Describe the quorum of one."""
    where = request.cluster.advertised
    node = DescribeQuorumResponse.Node(
        node_id=BROKER_ID,
        listeners=[
            DescribeQuorumResponse.Node.Listener(name="PLAINTEXT", host=where.host, port=where.port)
        ],
    )
    topics = [
        Topics(
            topic_name=topic.topic_name,
            partitions=[
                _partition(request, topic.topic_name, each.partition_index)
                for each in topic.partitions
            ],
        )
        for topic in request.body.topics
    ]
    return Reply(
        DescribeQuorumResponse(
            version=request.version,
            error_code=Code.NONE,
            error_message=None,
            topics=topics,
            nodes=[node],
        )
    )


def _partition(request: Request, topic: str, index: int) -> Any:
    if (topic, index) != (METADATA_TOPIC, 0):
        return Partitions(
            partition_index=index,
            error_code=Code.UNKNOWN_TOPIC_OR_PARTITION,
            error_message=None,
            leader_id=0,
            leader_epoch=0,
            high_watermark=0,
            current_voters=[],
            observers=[],
        )
    end = request.cluster.journal.put_count
    voter = Partitions.ReplicaState(replica_id=BROKER_ID, log_end_offset=end)
    return Partitions(
        partition_index=index,
        error_code=Code.NONE,
        error_message=None,
        leader_id=BROKER_ID,
        leader_epoch=EPOCH,
        high_watermark=end,
        current_voters=[voter],
        observers=[],
    )
