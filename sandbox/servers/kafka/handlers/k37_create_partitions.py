"""CreatePartitions (37): give topics more partitions.

Versions 0 to 3.

Not implemented: assignments of replicas beyond their count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import CreatePartitionsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request


def handle(request: Request) -> Outcome:
    """Grow each topic that can grow."""
    results = [_grow(request, each) for each in request.body.topics]
    return Reply(CreatePartitionsResponse(version=request.version, results=results))


def _grow(request: Request, asked: Any) -> Any:
    topic = request.cluster.topics.by_name.get(asked.name)
    code, why = Code.NONE, None
    if topic is None:
        code, why = Code.UNKNOWN_TOPIC_OR_PARTITION, f"there is no topic {asked.name}"
    elif asked.count <= len(topic.partitions):
        code, why = Code.INVALID_PARTITIONS, f"it has {len(topic.partitions)} partitions already"
    elif not request.body.validate_only:
        try:
            request.cluster.topics.grow(topic, asked.count)
        except OSError as error:
            code, why = Code.KAFKA_STORAGE_ERROR, str(error)
    return CreatePartitionsResponse.CreatePartitionsTopicResult(
        name=asked.name, error_code=code, error_message=why
    )
