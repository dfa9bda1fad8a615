"""AlterReplicaLogDirs (34): move partitions to another folder of their broker.

Versions 1 to 2. There is one folder: who names it gets what is already so.

Not implemented: other folders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import AlterReplicaLogDirsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

Topics = AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult
Partitions = Topics.AlterReplicaLogDirPartitionResult


def handle(request: Request) -> Outcome:
    """Answer for each partition."""
    results = [
        _topic(request, each.path, topic) for each in request.body.dirs for topic in each.topics
    ]
    return Reply(AlterReplicaLogDirsResponse(version=request.version, results=results))


def _topic(request: Request, path: str, asked: Any) -> Any:
    topics = request.cluster.topics
    partitions = []
    for index in asked.partitions:
        code = Code.NONE
        if path != str(topics.folder):
            code = Code.LOG_DIR_NOT_FOUND
        elif topics.find(asked.name, index) is None:
            code = Code.REPLICA_NOT_AVAILABLE
        partitions.append(Partitions(partition_index=index, error_code=code))
    return Topics(topic_name=asked.name, partitions=partitions)
