"""One file per API; HANDLERS is the table of them all, and what ApiVersions answers with.

What the codec knows and this table does not hold is neither offered nor answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol import admin, consumer, metadata, producer

from sandbox.servers.kafka import schemas
from sandbox.servers.kafka.handlers import (
    k00_produce,
    k01_fetch,
    k02_list_offsets,
    k03_metadata,
    k08_offset_commit,
    k09_offset_fetch,
    k10_find_coordinator,
    k11_join_group,
    k12_heartbeat,
    k13_leave_group,
    k14_sync_group,
    k15_describe_groups,
    k16_list_groups,
    k18_api_versions,
    k19_create_topics,
    k20_delete_topics,
    k21_delete_records,
    k22_init_producer_id,
    k23_offset_for_leader_epoch,
    k24_add_partitions_to_txn,
    k25_add_offsets_to_txn,
    k26_end_txn,
    k27_write_txn_markers,
    k28_txn_offset_commit,
    k29_describe_acls,
    k30_create_acls,
    k31_delete_acls,
    k32_describe_configs,
    k33_alter_configs,
    k34_alter_replica_log_dirs,
    k35_describe_log_dirs,
    k37_create_partitions,
    k42_delete_groups,
    k43_elect_leaders,
    k44_incremental_alter_configs,
    k45_alter_partition_reassignments,
    k46_list_partition_reassignments,
    k47_offset_delete,
    k48_describe_client_quotas,
    k49_alter_client_quotas,
    k55_describe_quorum,
    k60_describe_cluster,
    k61_describe_producers,
    k65_describe_transactions,
    k66_list_transactions,
    k68_consumer_group_heartbeat,
    k69_consumer_group_describe,
    k74_list_config_resources,
    k75_describe_topic_partitions,
)
from sandbox.servers.kafka.request import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from sandbox.servers.kafka.outcome import Outcome
    from sandbox.servers.kafka.request import Request


def _api(
    key: int,
    name: str,
    versions: tuple[int, int],
    messages: ModuleType,
    handle: Callable[[Request], Outcome],
) -> Api:
    return Api(
        key=key,
        versions=range(versions[0], versions[1] + 1),
        request=getattr(messages, f"{name}Request"),
        response=getattr(messages, f"{name}Response"),
        handle=handle,
    )


# fmt: off
HANDLERS: Mapping[int, Api] = {
    api.key: api
    for api in (
        _api(0, "Produce", (3, 13), producer, k00_produce.handle),
        _api(1, "Fetch", (4, 18), consumer, k01_fetch.handle),
        _api(2, "ListOffsets", (1, 11), consumer, k02_list_offsets.handle),
        _api(3, "Metadata", (0, 13), metadata, k03_metadata.handle),
        _api(8, "OffsetCommit", (2, 10), consumer, k08_offset_commit.handle),
        _api(9, "OffsetFetch", (1, 10), consumer, k09_offset_fetch.handle),
        _api(10, "FindCoordinator", (0, 6), metadata, k10_find_coordinator.handle),
        _api(11, "JoinGroup", (0, 9), consumer, k11_join_group.handle),
        _api(12, "Heartbeat", (0, 4), consumer, k12_heartbeat.handle),
        _api(13, "LeaveGroup", (0, 5), consumer, k13_leave_group.handle),
        _api(14, "SyncGroup", (0, 5), consumer, k14_sync_group.handle),
        _api(15, "DescribeGroups", (0, 6), admin, k15_describe_groups.handle),
        _api(16, "ListGroups", (0, 5), admin, k16_list_groups.handle),
        _api(18, "ApiVersions", (0, 4), metadata, k18_api_versions.handle),
        _api(19, "CreateTopics", (2, 7), admin, k19_create_topics.handle),
        _api(20, "DeleteTopics", (1, 6), admin, k20_delete_topics.handle),
        _api(21, "DeleteRecords", (0, 2), admin, k21_delete_records.handle),
        _api(22, "InitProducerId", (0, 5), producer, k22_init_producer_id.handle),
        _api(23, "OffsetForLeaderEpoch", (2, 4), consumer, k23_offset_for_leader_epoch.handle),
        _api(24, "AddPartitionsToTxn", (0, 3), producer, k24_add_partitions_to_txn.handle),
        _api(25, "AddOffsetsToTxn", (0, 4), producer, k25_add_offsets_to_txn.handle),
        _api(26, "EndTxn", (0, 4), producer, k26_end_txn.handle),
        _api(27, "WriteTxnMarkers", (1, 2), producer, k27_write_txn_markers.handle),
        _api(28, "TxnOffsetCommit", (0, 4), producer, k28_txn_offset_commit.handle),
        _api(29, "DescribeAcls", (1, 3), admin, k29_describe_acls.handle),
        _api(30, "CreateAcls", (1, 3), admin, k30_create_acls.handle),
        _api(31, "DeleteAcls", (1, 3), admin, k31_delete_acls.handle),
        _api(32, "DescribeConfigs", (1, 4), admin, k32_describe_configs.handle),
        _api(33, "AlterConfigs", (0, 2), admin, k33_alter_configs.handle),
        _api(34, "AlterReplicaLogDirs", (1, 2), admin, k34_alter_replica_log_dirs.handle),
        _api(35, "DescribeLogDirs", (1, 5), admin, k35_describe_log_dirs.handle),
        _api(37, "CreatePartitions", (0, 3), admin, k37_create_partitions.handle),
        _api(42, "DeleteGroups", (0, 2), admin, k42_delete_groups.handle),
        _api(43, "ElectLeaders", (0, 2), admin, k43_elect_leaders.handle),
        _api(44, "IncrementalAlterConfigs", (0, 1), admin, k44_incremental_alter_configs.handle),
        _api(45, "AlterPartitionReassignments", (0, 1), admin, k45_alter_partition_reassignments.handle),
        _api(46, "ListPartitionReassignments", (0, 0), admin, k46_list_partition_reassignments.handle),
        _api(47, "OffsetDelete", (0, 0), consumer, k47_offset_delete.handle),
        _api(48, "DescribeClientQuotas", (0, 1), admin, k48_describe_client_quotas.handle),
        _api(49, "AlterClientQuotas", (0, 1), admin, k49_alter_client_quotas.handle),
        _api(55, "DescribeQuorum", (0, 2), admin, k55_describe_quorum.handle),
        _api(60, "DescribeCluster", (0, 2), admin, k60_describe_cluster.handle),
        _api(61, "DescribeProducers", (0, 0), admin, k61_describe_producers.handle),
        _api(65, "DescribeTransactions", (0, 0), admin, k65_describe_transactions.handle),
        _api(66, "ListTransactions", (0, 2), admin, k66_list_transactions.handle),
        _api(68, "ConsumerGroupHeartbeat", (0, 1), schemas, k68_consumer_group_heartbeat.handle),
        _api(69, "ConsumerGroupDescribe", (0, 1), schemas, k69_consumer_group_describe.handle),
        _api(74, "ListConfigResources", (0, 1), admin, k74_list_config_resources.handle),
        _api(75, "DescribeTopicPartitions", (0, 0), admin, k75_describe_topic_partitions.handle),
    )
}
# fmt: on
