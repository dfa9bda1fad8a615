"""Handlers as functions: a request and the state give an outcome, without a server."""

from __future__ import annotations

from typing import Any

import pytest
from kafka_wire import BY_NAME
from room import Room

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Park, Reply
from sandbox.servers.kafka.state.group import State


def code(outcome: Outcome) -> Code:
    """Give the error of an answer."""
    assert isinstance(outcome, Reply)
    return Code(outcome.response.error_code)


def commit(room: Room, generation: int, member: str, topic: str = "t", partition: int = 0) -> Code:
    """Commit offset 5; gives the partition's error."""
    topics = BY_NAME["OffsetCommit"].request.OffsetCommitRequestTopic
    place = topics.OffsetCommitRequestPartition(
        partition_index=partition, committed_offset=5, committed_metadata=""
    )
    answer = room.ask(
        "OffsetCommit",
        8,
        group_id="g",
        generation_id_or_member_epoch=generation,
        member_id=member,
        topics=[topics(name=topic, partitions=[place])],
    )
    return Code(answer.topics[0].partitions[0].error_code)


def test_who_may_commit(room: Room) -> None:
    """Members with their generation; strangers only while the group has no members."""
    assert commit(room, 3, "x") is Code.ILLEGAL_GENERATION
    assert commit(room, -1, "") is Code.NONE
    assert commit(room, 3, "x") is Code.UNKNOWN_MEMBER_ID
    member = room.join_alone()
    assert commit(room, 1, member) is Code.NONE
    assert commit(room, 2, member) is Code.ILLEGAL_GENERATION
    assert commit(room, 1, "x") is Code.UNKNOWN_MEMBER_ID
    assert commit(room, -1, "") is Code.UNKNOWN_MEMBER_ID
    assert commit(room, 1, member, topic="u") is Code.UNKNOWN_TOPIC_OR_PARTITION
    assert commit(room, 1, member, partition=2) is Code.UNKNOWN_TOPIC_OR_PARTITION
    assert room.cluster.offsets.of("g")["t", 0].offset == 5


def test_a_follower_waits_for_the_leader(room: Room) -> None:
    """SyncGroup parks until the leader has assigned, then each gets its own part."""
    leader = room.join_alone()
    second = room.join("")
    assert isinstance(second, Reply)
    follower = second.response.member_id
    waiting = room.join(follower)
    assert isinstance(waiting, Park)
    assert code(room.join(leader)) is Code.NONE
    assert code(waiting.again(False)) is Code.NONE  # noqa: FBT003 - the one argument
    parked = room.sync(follower, generation=2)
    assert isinstance(parked, Park)
    assert isinstance(parked.again(False), Park)  # noqa: FBT003 - the one argument
    assert code(room.sync(leader, b"all", generation=2)) is Code.NONE
    answer = parked.again(False)  # noqa: FBT003 - the one argument
    assert isinstance(answer, Reply)
    assert (answer.response.error_code, answer.response.assignment) == (Code.NONE, b"")


def test_heartbeats_tell_of_a_rebalance(room: Room) -> None:
    """A member learns that it must join again, and that it is no member any more."""

    def beat(member: str, generation: int = 1) -> Code:
        asked = {"group_id": "g", "generation_id": generation, "member_id": member}
        return code(room.handle("Heartbeat", 4, **asked))

    member = room.join_alone()
    assert beat(member) is Code.NONE
    assert beat(member, 7) is Code.ILLEGAL_GENERATION
    second = room.join("")
    assert isinstance(second, Reply)
    room.join(second.response.member_id)
    assert beat(member) is Code.REBALANCE_IN_PROGRESS
    room.cluster.groups.by_name["g"].leave([member], room.now)
    assert beat(member) is Code.UNKNOWN_MEMBER_ID


def test_a_static_member_fences_its_former_self(room: Room) -> None:
    """The newcomer takes the place at once; the old one is told that it is fenced."""
    old = room.join_alone(instance="i")
    outcome = room.join("", instance="i")
    assert isinstance(outcome, Reply)
    new = outcome.response
    assert (new.error_code, new.generation_id, new.leader) == (Code.NONE, 1, new.member_id)
    assert new.skip_assignment
    answer = room.sync(new.member_id)
    assert isinstance(answer, Reply)
    assert answer.response.assignment == b"mine"
    assert code(room.join(old, instance="i")) is Code.FENCED_INSTANCE_ID


def test_whose_join_waits_is_fenced_too(room: Room) -> None:
    """A parked JoinGroup of a static member whose place was taken is answered, as fenced."""
    parked = room.join("", instance="i")
    assert isinstance(parked, Park)
    assert isinstance(room.join("", instance="i"), Park)
    assert code(parked.again(False)) is Code.FENCED_INSTANCE_ID  # noqa: FBT003 - the one argument


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"group_id": ""}, Code.INVALID_GROUP_ID),
        ({"session_timeout_ms": 0}, Code.INVALID_SESSION_TIMEOUT),
        ({"member_id": "stranger"}, Code.UNKNOWN_MEMBER_ID),
        ({"protocols": []}, Code.INCONSISTENT_GROUP_PROTOCOL),
    ],
)
def test_joins_that_cannot_be(room: Room, fields: dict[str, Any], expected: Code) -> None:
    """Each has its error; a group that nobody is in does not come to be by a stranger."""
    asked = {
        "group_id": "new",
        "session_timeout_ms": 10_000,
        "rebalance_timeout_ms": 10_000,
        "member_id": "",
        "protocol_type": "consumer",
        "protocols": [BY_NAME["JoinGroup"].request.JoinGroupRequestProtocol(name="range")],
    }
    assert code(room.handle("JoinGroup", 9, **{**asked, **fields})) is expected
    if "member_id" in fields:
        assert "new" not in room.cluster.groups.by_name


def test_only_empty_groups_are_deleted(room: Room) -> None:
    """A group with members stays, with its offsets; one without goes with them."""
    member = room.join_alone()
    commit(room, 1, member)

    def delete() -> Code:
        return Code(room.ask("DeleteGroups", 2, groups_names=["g"]).results[0].error_code)

    assert delete() is Code.NON_EMPTY_GROUP
    room.cluster.groups.by_name["g"].leave([member], room.now)
    assert room.cluster.groups.by_name["g"].state is State.EMPTY
    assert delete() is Code.NONE
    assert room.cluster.offsets.of("g") == {}
    assert delete() is Code.GROUP_ID_NOT_FOUND


SET, DELETE, APPEND, SUBTRACT = range(4)


@pytest.mark.parametrize(
    ("changes", "expected", "config"),
    [
        ([("retention.ms", "5", SET)], Code.NONE, {"retention.ms": "5"}),
        ([("retention.ms", None, DELETE)], Code.NONE, {}),
        ([("cleanup.policy", "compact", APPEND)], Code.NONE, {"cleanup.policy": "delete,compact"}),
        ([("cleanup.policy", "delete", APPEND)], Code.NONE, {"cleanup.policy": "delete"}),
        ([("cleanup.policy", "delete", SUBTRACT)], Code.NONE, {"cleanup.policy": ""}),
        ([("retention.ms", None, SET)], Code.INVALID_REQUEST, {}),
        ([("retention.ms", "5", APPEND)], Code.INVALID_CONFIG, {}),
        ([("retention.ms", "x", SET)], Code.INVALID_CONFIG, {}),
        ([("retention.mss", "5", SET)], Code.INVALID_CONFIG, {}),
        ([("max.message.bytes", "-1", SET)], Code.INVALID_CONFIG, {}),
        ([("cleanup.policy", "shred", SET)], Code.INVALID_CONFIG, {}),
        ([("message.timestamp.type", "Never", SET)], Code.INVALID_CONFIG, {}),
        ([("min.cleanable.dirty.ratio", "0.7", SET)], Code.NONE, {"min.cleanable.dirty.ratio": "0.7"}),
        ([("retention.ms", "5", SET), ("retention.bytes", "x", SET)], Code.INVALID_CONFIG, {}),
    ],
)  # fmt: skip
def test_settings_are_checked(
    room: Room, changes: list[tuple[str, str | None, int]], expected: Code, config: dict[str, str]
) -> None:
    """What Kafka takes is taken, what it refuses is refused, and of several all or none."""
    resource = BY_NAME["IncrementalAlterConfigs"].request.AlterConfigsResource
    entries = [
        resource.AlterableConfig(name=name, value=value, config_operation=operation)
        for name, value, operation in changes
    ]
    asked = resource(resource_type=2, resource_name="t", configs=entries)
    answer = room.ask("IncrementalAlterConfigs", 1, resources=[asked], validate_only=False)
    assert answer.responses[0].error_code == expected
    assert room.cluster.topics.by_name["t"].config == config


def test_validating_changes_nothing(room: Room) -> None:
    """validate_only answers as if, and leaves the topic as it was."""
    resource = BY_NAME["IncrementalAlterConfigs"].request.AlterConfigsResource
    entry = resource.AlterableConfig(name="retention.ms", value="5", config_operation=SET)
    asked = resource(resource_type=2, resource_name="t", configs=[entry])
    answer = room.ask("IncrementalAlterConfigs", 1, resources=[asked], validate_only=True)
    assert answer.responses[0].error_code == Code.NONE
    assert room.cluster.topics.by_name["t"].config == {}


def test_producer_ids_are_never_given_twice(room: Room) -> None:
    """Each asks for its own; a restart does not begin anew."""

    def init() -> int:
        answer = room.ask("InitProducerId", 4, transactional_id=None, producer_id=-1)
        assert (answer.error_code, answer.producer_epoch) == (Code.NONE, 0)
        return int(answer.producer_id)

    given = [init(), init()]
    room.cluster.close()
    again = Room(room.folder)
    room.cluster = again.cluster
    given.append(init())
    assert given == [given[0], given[0] + 1, given[0] + 2]


def test_a_fetch_waits_for_its_bytes(room: Room) -> None:
    """With nothing there it parks on its partitions; time over, it answers with nothing."""
    topics = BY_NAME["Fetch"].request.FetchTopic
    place = topics.FetchPartition(
        partition=1, fetch_offset=0, partition_max_bytes=100, current_leader_epoch=-1
    )
    fields = {"min_bytes": 1, "max_bytes": 100, "topics": [topics(topic="t", partitions=[place])]}
    outcome = room.handle("Fetch", 11, max_wait_ms=500, **fields)
    assert isinstance(outcome, Park)
    assert (outcome.keys, outcome.seconds) == ((("t", 1),), 0.5)
    answer = outcome.again(True)  # noqa: FBT003 - the one argument
    assert isinstance(answer, Reply)
    assert answer.response.responses[0].partitions[0].records == b""
    assert isinstance(room.handle("Fetch", 11, max_wait_ms=0, **fields), Reply)
