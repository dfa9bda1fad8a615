"""Stories of topics and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka_wire import BY_NAME

from sandbox.clock import wait_until
from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    from script import Script

TOPIC, BROKER, GROUP = 2, 4, 32
SET, DELETE, APPEND, SUBTRACT = range(4)
# Where a setting comes from when a topic or a group has one of its own.
OWN = (1, 8)


def topics_that_cannot_be(script: Script) -> None:
    """Illegal names, counts, replicas and settings; one that is there; two of one name."""
    name = script.topic
    for each in (
        script.creatable("not/legal"),
        script.creatable(""),
        script.creatable("."),
        script.creatable("x" * 250),
        script.creatable(name),
        script.creatable(f"{name}.0", 0),
        script.creatable(f"{name}.r", 1, 2),
        script.creatable(f"{name}.r0", 1, 0),
        script.creatable(f"{name}.c", no_such="1"),
        script.creatable(f"{name}.c", retention_ms="soon"),
        script.creatable(f"{name}.c", retention_ms="-2"),
        script.creatable(f"{name}.c", cleanup_policy="burn"),
        script.creatable(f"{name}.c", compression_type="rar"),
        script.creatable(f"{name}.c", max_message_bytes="-1"),
        script.creatable(f"{name}.c", min_cleanable_dirty_ratio="2"),
        script.creatable(f"{name}.c", retention_ms=None),
    ):
        script.create(each)
    script.create(script.creatable(f"{name}.v", 3), validate_only=True)
    script.create(script.creatable(f"{name}.d", -1, -1))
    script.create(script.creatable(f"{name}.e"), script.creatable(f"{name}.e"))


def topics_come_and_go(script: Script) -> None:
    """Made with settings, described, deleted; what is gone is unknown."""
    name = f"{script.topic}.gone"
    script.make(name, 3, retention_ms="1000", cleanup_policy="compact,delete")
    _describe(script, TOPIC, name, ["retention.ms", "cleanup.policy", "segment.bytes"])
    topic = BY_NAME["DeleteTopics"].request.DeleteTopicState
    script.ask("DeleteTopics", 6, topics=[topic(name=name)], timeout_ms=5000)
    script.ask("DeleteTopics", 6, topics=[topic(name=name)], timeout_ms=5000)
    script.ask("DeleteTopics", 5, topic_names=[name], timeout_ms=5000)
    asked = BY_NAME["Metadata"].request.MetadataRequestTopic
    for version in (4, 9, 12):
        script.ask("Metadata", version, topics=[asked(name=name)], allow_auto_topic_creation=False)
    script.ask("Metadata", 9, topics=[asked(name="not/legal")], allow_auto_topic_creation=False)
    script.ask("Metadata", 12, topics=[asked(name=None, topic_id=script.topic_id)])


def partitions_are_added(script: Script) -> None:
    """More than before, and neither fewer, nor as many, nor of what there is not."""
    kind = BY_NAME["CreatePartitions"].request.CreatePartitionsTopic
    for name, count in ((script.topic, 1), (script.topic, 2), ("nothing-there", 5)):
        asked = [kind(name=name, count=count, assignments=None)]
        script.ask("CreatePartitions", 3, topics=asked, timeout_ms=5000, validate_only=False)
    asked = [kind(name=script.topic, count=4, assignments=None)]
    script.ask("CreatePartitions", 3, topics=asked, timeout_ms=5000, validate_only=True)
    script.ask("CreatePartitions", 3, topics=asked, timeout_ms=5000, validate_only=False)


def settings_are_changed(script: Script) -> None:
    """Set, deleted, appended, subtracted; and what may not be."""
    name = script.topic
    for changes in (
        [("retention.ms", SET, "5")],
        [("cleanup.policy", APPEND, "compact")],
        [("cleanup.policy", SUBTRACT, "delete")],
        [("retention.ms", DELETE, None)],
        [("retention.ms", SET, "often")],
        [("no.such", SET, "1")],
        [("retention.ms", APPEND, "1")],
        [("retention.ms", SET, None)],
        [("retention.ms", SET, "1"), ("retention.ms", SET, "2")],
    ):
        _change(script, TOPIC, name, changes)
    _change(script, TOPIC, "nothing-there", [("retention.ms", SET, "5")])
    _describe(script, TOPIC, name, ["retention.ms", "cleanup.policy"])
    _describe(script, TOPIC, name, ["no.such"])
    _describe(script, TOPIC, "nothing-there", None)
    _describe(script, BROKER, "99", None)
    _describe(script, BROKER, "x", None)
    resource = BY_NAME["AlterConfigs"].request.AlterConfigsResource
    listed = [resource.AlterableConfig(name="max.message.bytes", value="2000")]
    asked = [resource(resource_type=TOPIC, resource_name=name, configs=listed)]
    script.ask("AlterConfigs", 2, resources=asked, validate_only=False)
    _see(script, TOPIC, name, [("max.message.bytes", SET, "2000")])
    _describe(script, TOPIC, name, ["cleanup.policy", "max.message.bytes"])


def settings_of_groups(script: Script) -> None:
    """Set, describe, refuse and remove what the newer protocol's groups go by."""
    name, key = script.topic, "consumer.session.timeout.ms"
    for value in ("50000", "1", "soon"):
        _change(script, GROUP, name, [(key, SET, value)])
    _change(script, GROUP, name, [("no.such", SET, "1")])
    _describe(script, GROUP, name, [key])
    _change(script, GROUP, name, [(key, DELETE, None)])
    _describe(script, GROUP, name, [key])


def _change(script: Script, kind: int, name: str, changes: list[tuple[str, int, Any]]) -> None:
    resource = BY_NAME["IncrementalAlterConfigs"].request.AlterConfigsResource
    listed = [
        resource.AlterableConfig(name=key, config_operation=how, value=value)
        for key, how, value in changes
    ]
    asked = [resource(resource_type=kind, resource_name=name, configs=listed)]
    answer = script.ask("IncrementalAlterConfigs", 1, resources=asked, validate_only=False)
    if answer.responses[0].error_code == Code.NONE:
        _see(script, kind, name, changes)


def _see(script: Script, kind: int, name: str, changes: list[tuple[str, int, Any]]) -> None:
    wait_until(
        lambda: _has_settings(script, kind, name, changes), within=20, waiting_for="a setting"
    )


def _has_settings(
    script: Script, kind: int, name: str, changes: list[tuple[str, int, Any]]
) -> bool:
    """Tell whether a change has come to the broker: Kafka's controller makes it a moment before."""
    found = script.wire.ask(
        "DescribeConfigs", 4, resources=[_described(kind, name, [key for key, *_ in changes])]
    )
    there = {each.name: each for each in found.results[0].configs}
    return all(_is_so(there[key], how, value) for key, how, value in changes)


def _is_so(setting: Any, how: int, value: str) -> bool:
    listed = (setting.value or "").split(",")
    return {
        SET: setting.value == value,
        DELETE: setting.config_source not in OWN,
        APPEND: value in listed,
        SUBTRACT: value not in listed,
    }[how]


def _described(kind: int, name: str, keys: list[str] | None) -> Any:
    resource = BY_NAME["DescribeConfigs"].request.DescribeConfigsResource
    return resource(resource_type=kind, resource_name=name, configuration_keys=keys)


def _describe(script: Script, kind: int, name: str, keys: list[str] | None) -> None:
    asked = [_described(kind, name, keys)]
    script.ask("DescribeConfigs", 4, resources=asked, include_synonyms=True)


def quotas_are_kept(script: Script) -> None:
    """Set, find by each kind of filter, remove; refuse what is no entity, key or value."""
    name = script.topic
    for entity, changes in (
        ({"client-id": name}, [("producer_byte_rate", 1000.0, False)]),
        ({"client-id": name, "user": name}, [("request_percentage", 50.0, False)]),
        ({"client-id": name}, [("consumer_byte_rate", 5.0, False)]),
        ({"client-id": name}, [("no_such", 5.0, False)]),
        ({"planet": name}, [("producer_byte_rate", 5.0, False)]),
        ({"client-id": name}, [("producer_byte_rate", 0.0, True)]),
    ):
        _set_quota(script, entity, changes)
    for strict in (False, True):
        for match, said in ((0, name), (0, "nobody")):
            _find_quota(script, [("client-id", match, said)], strict=strict)
    _find_quota(script, [("client-id", 0, name), ("user", 2, None)], strict=True)


def other_administration(script: Script) -> None:
    """Leaders, moves, folders and pages: what is there, what is not."""
    kind = BY_NAME["ElectLeaders"].request.TopicPartitions
    asked = [kind(topic=script.topic, partitions=[0, 9]), kind(topic="nothing", partitions=[0])]
    for election in (0, 1):
        script.ask("ElectLeaders", 2, election_type=election, topic_partitions=asked)
    reassigned = BY_NAME["AlterPartitionReassignments"].request.ReassignableTopic
    for index, replicas in ((0, [1]), (0, [7]), (0, []), (0, None), (9, [1])):
        partition = reassigned.ReassignablePartition(partition_index=index, replicas=replicas)
        topics = [reassigned(name=script.topic, partitions=[partition])]
        script.ask("AlterPartitionReassignments", 1, topics=topics, timeout_ms=5000)
    pages = BY_NAME["DescribeTopicPartitions"].request.TopicRequest
    for limit in (1, 2, 5):
        script.ask(
            "DescribeTopicPartitions",
            0,
            topics=[pages(name=script.topic), pages(name="nothing"), pages(name="not/legal")],
            response_partition_limit=limit,
            cursor=None,
        )
    for kinds in ([99], [8], [4]):
        script.ask("ListConfigResources", 1, resource_types=kinds)


def _set_quota(
    script: Script, entity: dict[str, str], changes: list[tuple[str, float, bool]]
) -> None:
    kind = BY_NAME["AlterClientQuotas"].request.EntryData
    entry = kind(
        entity=[kind.EntityData(entity_type=key, entity_name=name) for key, name in entity.items()],
        ops=[kind.OpData(key=key, value=value, remove=gone) for key, value, gone in changes],
    )
    answer = script.ask("AlterClientQuotas", 1, entries=[entry], validate_only=False)
    if answer.entries[0].error_code == Code.NONE:
        wait_until(lambda: _has_quotas(script, entity, changes), within=20, waiting_for="a quota")


def _has_quotas(
    script: Script, entity: dict[str, str], changes: list[tuple[str, float, bool]]
) -> bool:
    """Tell whether a change has come to the broker: Kafka's controller makes it a moment before."""
    kind = BY_NAME["DescribeClientQuotas"].request.ComponentData
    listed = [kind(entity_type=key, match_type=0, match=name) for key, name in entity.items()]
    found = script.wire.ask("DescribeClientQuotas", 1, components=listed, strict=True).entries or []
    present = {each.key for entry in found for each in entry.values}
    return all((key in present) != gone for key, _, gone in changes)


def _find_quota(script: Script, parts: list[tuple[str, int, str | None]], *, strict: bool) -> None:
    kind = BY_NAME["DescribeClientQuotas"].request.ComponentData
    listed = [kind(entity_type=key, match_type=how, match=name) for key, how, name in parts]
    script.ask("DescribeClientQuotas", 1, components=listed, strict=strict)


def operations_are_authorized(script: Script) -> None:
    """Ask what one may do: without an authorizer everything that there is."""
    asked = BY_NAME["Metadata"].request.MetadataRequestTopic
    for version in (8, 10, 12):
        script.ask(
            "Metadata",
            version,
            topics=[asked(name=script.topic)],
            allow_auto_topic_creation=False,
            **({"include_cluster_authorized_operations": True} if version <= 10 else {}),
            include_topic_authorized_operations=True,
        )
    script.ask("DescribeCluster", 1, include_cluster_authorized_operations=True, endpoint_type=1)
    script.commit(1)
    script.ask(
        "DescribeGroups", 5, groups=[script.topic, "nobody"], include_authorized_operations=True
    )
