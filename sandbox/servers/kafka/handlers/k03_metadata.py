"""Metadata (3): brokers, topics and partitions.

Versions 0 to 13. A topic that is asked for by name and missing is made, where both the server and
the request allow it.

Not implemented: nothing is left out.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from kafka.protocol.metadata import MetadataResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.operations import ON_CLUSTER, ON_TOPICS, if_asked
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID
from sandbox.servers.kafka.state.log import LEADER_EPOCH
from sandbox.servers.kafka.state.topics import is_legal

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.topics import Topic

Brokers = MetadataResponse.MetadataResponseBroker
Topics = MetadataResponse.MetadataResponseTopic
Partitions = Topics.MetadataResponsePartition

# In version 0 an empty list asks for every topic, later null does.
NULL_MEANS_ALL_FROM = 1
CREATION_IS_A_CHOICE_FROM = 4
NAMELESS_FROM = 12
NO_ID = uuid.UUID(int=0)


def handle(request: Request) -> Outcome:
    """Describe the cluster and the topics asked for."""
    cluster = request.cluster
    broker = Brokers(
        node_id=BROKER_ID, host=cluster.advertised.host, port=cluster.advertised.port, rack=None
    )
    return Reply(
        MetadataResponse(
            version=request.version,
            brokers=[broker],
            cluster_id=cluster.id,
            controller_id=BROKER_ID,
            topics=_topics(request),
            authorized_operations=if_asked(
                ON_CLUSTER, asked=request.body.include_cluster_authorized_operations
            ),
        )
    )


def _topics(request: Request) -> list[Any]:
    known, asked = request.cluster.topics, request.body.topics
    if asked is None or (not asked and request.version < NULL_MEANS_ALL_FROM):
        return [_describe(request, topic) for topic in known.by_name.values()]
    return [_topic(request, each.name, each.topic_id) for each in asked]


def _topic(request: Request, name: str | None, topic_id: uuid.UUID | None) -> Any:
    topic = request.cluster.topics.lookup(name, topic_id)
    if topic is None and name and is_legal(name) and _may_create(request):
        topic = request.cluster.topics.create(name, request.cluster.num_partitions, {})
    if topic is not None:
        return _describe(request, topic)
    if topic_id and topic_id.int:
        nameless = None if request.version >= NAMELESS_FROM else ""
        return _refuse(nameless, topic_id, Code.UNKNOWN_TOPIC_ID)
    legal = is_legal(name or "")
    code = Code.UNKNOWN_TOPIC_OR_PARTITION if legal else Code.INVALID_TOPIC_EXCEPTION
    return _refuse(name or "", NO_ID, code)


def _may_create(request: Request) -> bool:
    has_choice = request.version >= CREATION_IS_A_CHOICE_FROM
    allowed = request.body.allow_auto_topic_creation or not has_choice
    return bool(allowed and request.cluster.auto_create_topics)


def _refuse(name: str | None, topic_id: uuid.UUID, code: Code) -> Any:
    return Topics(error_code=code, name=name, topic_id=topic_id, is_internal=False, partitions=[])


def _describe(request: Request, topic: Topic) -> Any:
    partitions = [
        Partitions(
            error_code=Code.NONE,
            partition_index=index,
            leader_id=BROKER_ID,
            leader_epoch=LEADER_EPOCH,
            replica_nodes=[BROKER_ID],
            isr_nodes=[BROKER_ID],
            offline_replicas=[],
        )
        for index in range(len(topic.partitions))
    ]
    return Topics(
        error_code=Code.NONE,
        name=topic.name,
        topic_id=topic.id,
        is_internal=topic.is_internal,
        partitions=partitions,
        authorized_operations=if_asked(
            ON_TOPICS, asked=request.body.include_topic_authorized_operations
        ),
    )
