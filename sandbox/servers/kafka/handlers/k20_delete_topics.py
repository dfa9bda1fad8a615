"""DeleteTopics (20): remove topics, their records, and what groups have committed on them.

Versions 1 to 6; from version 6 on by name or by id.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DeleteTopicsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state import Cluster
    from sandbox.servers.kafka.state.topics import Topic

IDS_FROM = 6


def handle(request: Request) -> Outcome:
    """Remove each topic that is there."""
    cluster, body = request.cluster, request.body
    if request.version >= IDS_FROM:
        asked = [(each.name, each.topic_id) for each in body.topics]
    else:
        asked = [(name, None) for name in body.topic_names]
    responses = [_delete(cluster, name, topic_id) for name, topic_id in asked]
    return Reply(DeleteTopicsResponse(version=request.version, responses=responses))


def _delete(cluster: Cluster, name: str | None, topic_id: Any) -> Any:
    topic = cluster.topics.lookup(name, topic_id)
    if topic is not None:
        _remove(cluster, topic)
        return _answer(topic.name, topic.id, Code.NONE)
    if name is None:
        return _answer(None, topic_id, Code.UNKNOWN_TOPIC_ID)
    return _answer(name, topic_id, Code.UNKNOWN_TOPIC_OR_PARTITION)


def _remove(cluster: Cluster, topic: Topic) -> None:
    cluster.topics.delete(topic)
    cluster.offsets.forget_topic(topic.name)
    for index in range(len(topic.partitions)):
        cluster.wake((topic.name, index))


def _answer(name: str | None, topic_id: Any, code: Code) -> Any:
    return DeleteTopicsResponse.DeletableTopicResult(
        name=name, topic_id=topic_id, error_code=code, error_message=None
    )
