"""For every API, the fields of a request that makes sense: topic and group are the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batches import make_batch
from kafka_wire import BY_NAME

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable


def nested(api: str, kind: str, **fields: Any) -> Any:
    """Give a struct inside a request."""
    return getattr(BY_NAME[api].request, kind)(**fields)


def produce(topic: str, topic_id: uuid.UUID) -> dict[str, Any]:
    """Write one record."""
    topics = BY_NAME["Produce"].request.TopicProduceData
    partition = topics.PartitionProduceData(index=0, records=bytes(make_batch(b"value")))
    data = topics(name=topic, topic_id=topic_id, partition_data=[partition])
    return {"acks": -1, "timeout_ms": 1000, "topic_data": [data]}


def fetch(topic: str, topic_id: uuid.UUID) -> dict[str, Any]:
    """Read from the start."""
    topics = BY_NAME["Fetch"].request.FetchTopic
    partition = topics.FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1 << 20)
    asked = topics(topic=topic, topic_id=topic_id, partitions=[partition])
    return {"max_wait_ms": 0, "min_bytes": 1, "max_bytes": 1 << 20, "topics": [asked]}


def list_offsets(topic: str, topic_id: uuid.UUID) -> dict[str, Any]:
    """Ask for the end."""
    topics = BY_NAME["ListOffsets"].request.ListOffsetsTopic
    partition = topics.ListOffsetsPartition(partition_index=0, timestamp=-1)
    return {"replica_id": -1, "topics": [topics(name=topic, partitions=[partition])]}


def offset_commit(topic: str, topic_id: uuid.UUID) -> dict[str, Any]:
    """Commit outside any generation."""
    topics = BY_NAME["OffsetCommit"].request.OffsetCommitRequestTopic
    partition = topics.OffsetCommitRequestPartition(
        partition_index=0, committed_offset=1, committed_metadata="m"
    )
    return {
        "group_id": topic,
        "generation_id_or_member_epoch": -1,
        "topics": [topics(name=topic, topic_id=topic_id, partitions=[partition])],
    }


def offset_fetch(topic: str, topic_id: uuid.UUID) -> dict[str, Any]:
    """Ask for one partition, in either shape."""
    request = BY_NAME["OffsetFetch"].request
    old = request.OffsetFetchRequestTopic(name=topic, partition_indexes=[0])
    groups = request.OffsetFetchRequestGroup
    new = groups.OffsetFetchRequestTopics(name=topic, topic_id=topic_id, partition_indexes=[0])
    return {"group_id": topic, "topics": [old], "groups": [groups(group_id=topic, topics=[new])]}


def join_group(topic: str, topic_id: uuid.UUID) -> dict[str, Any]:
    """Join with one protocol."""
    protocol = nested("JoinGroup", "JoinGroupRequestProtocol", name="range", metadata=b"m")
    return {
        "group_id": topic,
        "session_timeout_ms": 6000,
        "rebalance_timeout_ms": 6000,
        "protocol_type": "consumer",
        "protocols": [protocol],
    }


def configs(api: str, kind: str, topic: str, **entry: Any) -> dict[str, Any]:
    """Name the topic, and one setting."""
    resource = getattr(BY_NAME[api].request, kind)
    values = {}
    if entry:
        (name,) = (each for each in vars(resource) if each.startswith("Alter"))
        values["configs"] = [getattr(resource, name)(**entry)]
    return {"resources": [resource(resource_type=2, resource_name=topic, **values)]}


def producer(topic: str) -> dict[str, Any]:
    """Name a transactional producer that nobody knows."""
    return {"transactional_id": topic, "producer_id": 1, "producer_epoch": 0}


def txn_offset_commit(topic: str, _topic_id: uuid.UUID) -> dict[str, Any]:
    """Commit an offset in a transaction."""
    topics = BY_NAME["TxnOffsetCommit"].request.TxnOffsetCommitRequestTopic
    partition = topics.TxnOffsetCommitRequestPartition(
        partition_index=0, committed_offset=1, committed_metadata="m"
    )
    listed = [topics(name=topic, partitions=[partition])]
    return {**producer(topic), "group_id": topic, "topics": listed}


def write_txn_markers(topic: str, _topic_id: uuid.UUID) -> dict[str, Any]:
    """End a transaction in a partition that there is not."""
    marker = BY_NAME["WriteTxnMarkers"].request.WritableTxnMarker
    listed = [marker.WritableTxnMarkerTopic(name=f"{topic}.gone", partition_indexes=[0])]
    fields = {"producer_id": 1, "producer_epoch": 0, "transaction_result": False}
    return {"markers": [marker(**fields, topics=listed, coordinator_epoch=0)]}


ANY_ACL = {
    "resource_type_filter": 1,
    "resource_name_filter": None,
    "pattern_type_filter": 1,
    "principal_filter": None,
    "host_filter": None,
    "operation": 1,
    "permission_type": 1,
}

# Most APIs take plain fields; `topic` serves as the group's name as well.
ASKED: dict[str, Callable[[str, uuid.UUID], dict[str, Any]]] = {
    "Produce": produce,
    "Fetch": fetch,
    "ListOffsets": list_offsets,
    "Metadata": lambda topic, _: {
        "topics": [nested("Metadata", "MetadataRequestTopic", name=topic)]
    },
    "OffsetCommit": offset_commit,
    "OffsetFetch": offset_fetch,
    "FindCoordinator": lambda topic, _: {"key": topic, "coordinator_keys": [topic]},
    "JoinGroup": join_group,
    "Heartbeat": lambda topic, _: {"group_id": topic, "generation_id": 1, "member_id": "m"},
    "LeaveGroup": lambda topic, _: {
        "group_id": topic,
        "member_id": "m",
        "members": [nested("LeaveGroup", "MemberIdentity", member_id="m")],
    },
    "SyncGroup": lambda topic, _: {
        "group_id": topic,
        "generation_id": 1,
        "member_id": "m",
        "protocol_type": "consumer",
        "protocol_name": "range",
    },
    "DescribeGroups": lambda topic, _: {"groups": [topic]},
    "ListGroups": lambda topic, _: {"states_filter": [], "types_filter": []},
    "ApiVersions": lambda topic, _: {
        "client_software_name": "test",
        "client_software_version": "1",
    },
    "CreateTopics": lambda topic, _: {
        "topics": [
            nested(
                "CreateTopics",
                "CreatableTopic",
                name=f"{topic}.made",
                num_partitions=1,
                replication_factor=1,
            )
        ],
        "timeout_ms": 1000,
    },
    "DeleteTopics": lambda topic, _: {
        "topic_names": [f"{topic}.gone"],
        "topics": [nested("DeleteTopics", "DeleteTopicState", name=f"{topic}.gone")],
        "timeout_ms": 1000,
    },
    "DeleteRecords": lambda topic, _: {
        "topics": [
            nested(
                "DeleteRecords",
                "DeleteRecordsTopic",
                name=topic,
                partitions=[
                    BY_NAME["DeleteRecords"].request.DeleteRecordsTopic.DeleteRecordsPartition(
                        partition_index=0, offset=0
                    )
                ],
            )
        ],
        "timeout_ms": 1000,
    },
    "InitProducerId": lambda topic, _: {
        "transactional_id": None,
        "transaction_timeout_ms": 1000,
        "producer_id": -1,
        "producer_epoch": -1,
    },
    "OffsetForLeaderEpoch": lambda topic, _: {
        "topics": [
            nested(
                "OffsetForLeaderEpoch",
                "OffsetForLeaderTopic",
                topic=topic,
                partitions=[
                    BY_NAME[
                        "OffsetForLeaderEpoch"
                    ].request.OffsetForLeaderTopic.OffsetForLeaderPartition(
                        partition=0, leader_epoch=0
                    )
                ],
            )
        ]
    },
    "DescribeConfigs": lambda topic, _: configs(
        "DescribeConfigs", "DescribeConfigsResource", topic
    ),
    "AlterConfigs": lambda topic, _: configs(
        "AlterConfigs", "AlterConfigsResource", topic, name="retention.ms", value="5"
    ),
    "CreatePartitions": lambda topic, _: {
        "topics": [nested("CreatePartitions", "CreatePartitionsTopic", name=topic, count=9)],
        "timeout_ms": 1000,
        "validate_only": True,
    },
    "DeleteGroups": lambda topic, _: {"groups_names": [f"{topic}.gone"]},
    "IncrementalAlterConfigs": lambda topic, _: configs(
        "IncrementalAlterConfigs",
        "AlterConfigsResource",
        topic,
        name="retention.ms",
        value="5",
        config_operation=0,
    ),
    "OffsetDelete": lambda topic, _: {
        "group_id": topic,
        "topics": [
            nested(
                "OffsetDelete",
                "OffsetDeleteRequestTopic",
                name=topic,
                partitions=[
                    BY_NAME[
                        "OffsetDelete"
                    ].request.OffsetDeleteRequestTopic.OffsetDeleteRequestPartition(
                        partition_index=0
                    )
                ],
            )
        ],
    },
    "DescribeCluster": lambda topic, _: {"endpoint_type": 1},
    "AddPartitionsToTxn": lambda topic, _: {
        "v3_and_below_transactional_id": topic,
        "v3_and_below_producer_id": 1,
        "v3_and_below_producer_epoch": 0,
        "v3_and_below_topics": [
            nested("AddPartitionsToTxn", "AddPartitionsToTxnTopic", name=topic, partitions=[0])
        ],
    },
    "AddOffsetsToTxn": lambda topic, _: {**producer(topic), "group_id": topic},
    "EndTxn": lambda topic, _: {**producer(topic), "committed": True},
    "WriteTxnMarkers": write_txn_markers,
    "TxnOffsetCommit": txn_offset_commit,
    "DescribeProducers": lambda topic, _: {
        "topics": [nested("DescribeProducers", "TopicRequest", name=topic, partition_indexes=[0])]
    },
    "DescribeTransactions": lambda topic, _: {"transactional_ids": [topic]},
    "ListTransactions": lambda topic, _: {"state_filters": [], "producer_id_filters": []},
    "DescribeAcls": lambda topic, _: ANY_ACL,
    "CreateAcls": lambda topic, _: {
        "creations": [
            nested(
                "CreateAcls",
                "AclCreation",
                resource_type=2,
                resource_name=topic,
                resource_pattern_type=3,
                principal="User:x",
                host="*",
                operation=3,
                permission_type=3,
            )
        ]
    },
    "DeleteAcls": lambda topic, _: {
        "filters": [nested("DeleteAcls", "DeleteAclsFilter", **ANY_ACL)]
    },
    "AlterReplicaLogDirs": lambda topic, _: {
        "dirs": [
            nested(
                "AlterReplicaLogDirs",
                "AlterReplicaLogDir",
                path="/nowhere",
                topics=[
                    BY_NAME[
                        "AlterReplicaLogDirs"
                    ].request.AlterReplicaLogDir.AlterReplicaLogDirTopic(name=topic, partitions=[0])
                ],
            )
        ]
    },
    "DescribeLogDirs": lambda topic, _: {
        "topics": [nested("DescribeLogDirs", "DescribableLogDirTopic", topic=topic, partitions=[0])]
    },
    "ElectLeaders": lambda topic, _: {
        "election_type": 0,
        "topic_partitions": [
            nested("ElectLeaders", "TopicPartitions", topic=topic, partitions=[0])
        ],
        "timeout_ms": 1000,
    },
    "AlterPartitionReassignments": lambda topic, _: {
        "timeout_ms": 1000,
        "topics": [
            nested(
                "AlterPartitionReassignments",
                "ReassignableTopic",
                name=topic,
                partitions=[
                    BY_NAME[
                        "AlterPartitionReassignments"
                    ].request.ReassignableTopic.ReassignablePartition(
                        partition_index=0, replicas=[1]
                    )
                ],
            )
        ],
    },
    "ListPartitionReassignments": lambda topic, _: {"timeout_ms": 1000, "topics": None},
    "DescribeClientQuotas": lambda topic, _: {
        "components": [
            nested(
                "DescribeClientQuotas",
                "ComponentData",
                entity_type="client-id",
                match_type=0,
                match=topic,
            )
        ],
        "strict": False,
    },
    "AlterClientQuotas": lambda topic, _: {
        "entries": [
            nested(
                "AlterClientQuotas",
                "EntryData",
                entity=[
                    BY_NAME["AlterClientQuotas"].request.EntryData.EntityData(
                        entity_type="client-id", entity_name=topic
                    )
                ],
                ops=[
                    BY_NAME["AlterClientQuotas"].request.EntryData.OpData(
                        key="producer_byte_rate", value=1000.0, remove=False
                    )
                ],
            )
        ],
        "validate_only": False,
    },
    "ListConfigResources": lambda topic, _: {"resource_types": [16]},
    "DescribeTopicPartitions": lambda topic, _: {
        "topics": [nested("DescribeTopicPartitions", "TopicRequest", name=topic)],
        "response_partition_limit": 2000,
        "cursor": None,
    },
    "ConsumerGroupHeartbeat": lambda topic, _: {
        "group_id": topic,
        "member_id": "m",
        "member_epoch": 0,
        "rebalance_timeout_ms": 1000,
        "subscribed_topic_names": [topic],
        "topic_partitions": [],
    },
    "ConsumerGroupDescribe": lambda topic, _: {"group_ids": [topic]},
    "DescribeQuorum": lambda topic, _: {
        "topics": [
            nested(
                "DescribeQuorum",
                "TopicData",
                topic_name="__cluster_metadata",
                partitions=[
                    BY_NAME["DescribeQuorum"].request.TopicData.PartitionData(partition_index=0)
                ],
            )
        ]
    },
}
