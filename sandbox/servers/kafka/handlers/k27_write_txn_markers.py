"""WriteTxnMarkers (27): end a transaction in single partitions, whatever its coordinator says.

Versions 1 to 2. Brokers use it among themselves, and administrators to abort a transaction that
hangs (KIP-664).

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.producer import WriteTxnMarkersResponse

from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

Markers = WriteTxnMarkersResponse.WritableTxnMarkerResult
Topics = Markers.WritableTxnMarkerTopicResult
Partitions = Topics.WritableTxnMarkerPartitionResult


def handle(request: Request) -> Outcome:
    """Write every marker."""
    markers = [
        Markers(
            producer_id=each.producer_id,
            topics=[_topic(request, each, topic) for topic in each.topics],
        )
        for each in request.body.markers
    ]
    return Reply(WriteTxnMarkersResponse(version=request.version, markers=markers))


def _topic(request: Request, marker: Any, topic: Any) -> Any:
    partitions = []
    for index in topic.partition_indexes:
        code = request.cluster.transactions.write_marker(
            (topic.name, index),
            marker.producer_id,
            marker.producer_epoch,
            commit=marker.transaction_result,
        )
        partitions.append(Partitions(partition_index=index, error_code=code))
    return Topics(name=topic.name, partitions=partitions)
