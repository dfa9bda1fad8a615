"""Stories of topics and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka_wire import BY_NAME

if TYPE_CHECKING:
    from script import Script

TOPIC, BROKER = 2, 4
SET, DELETE, APPEND, SUBTRACT = range(4)


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
    _describe(script, TOPIC, name, ["cleanup.policy", "max.message.bytes"])


def _change(script: Script, kind: int, name: str, changes: list[tuple[str, int, Any]]) -> None:
    resource = BY_NAME["IncrementalAlterConfigs"].request.AlterConfigsResource
    listed = [
        resource.AlterableConfig(name=key, config_operation=how, value=value)
        for key, how, value in changes
    ]
    asked = [resource(resource_type=kind, resource_name=name, configs=listed)]
    script.ask("IncrementalAlterConfigs", 1, resources=asked, validate_only=False)


def _describe(script: Script, kind: int, name: str, keys: list[str] | None) -> None:
    resource = BY_NAME["DescribeConfigs"].request.DescribeConfigsResource
    asked = [resource(resource_type=kind, resource_name=name, configuration_keys=keys)]
    script.ask("DescribeConfigs", 4, resources=asked, include_synonyms=True)
