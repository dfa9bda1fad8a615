"""DeleteRecords (21): move the start of partitions, for good.

Versions 0 to 2. Offset -1 means the end.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DeleteRecordsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state import Cluster

Topics = DeleteRecordsResponse.DeleteRecordsTopicResult
Partitions = Topics.DeleteRecordsPartitionResult
END = -1


def handle(request: Request) -> Outcome:
    """Move the start of each partition that is named."""
    topics = [
        Topics(
            name=topic.name,
            partitions=[_delete(request.cluster, topic.name, each) for each in topic.partitions],
        )
        for topic in request.body.topics
    ]
    return Reply(DeleteRecordsResponse(version=request.version, topics=topics))


def _delete(cluster: Cluster, name: str, asked: Any) -> Any:
    index = asked.partition_index
    log = cluster.topics.find(name, index)
    if log is None:
        return _answer(index, -1, Code.UNKNOWN_TOPIC_OR_PARTITION)
    offset = log.end if asked.offset == END else asked.offset
    if not 0 <= offset <= log.end:
        return _answer(index, -1, Code.OFFSET_OUT_OF_RANGE)
    cluster.topics.forget_before(cluster.topics.by_name[name], index, offset)
    return _answer(index, log.start, Code.NONE)


def _answer(index: int, low_watermark: int, code: Code) -> Any:
    return Partitions(partition_index=index, low_watermark=low_watermark, error_code=code)
