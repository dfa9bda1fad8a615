"""Stories of consumer groups (the classic protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_wire import BY_NAME

if TYPE_CHECKING:
    from script import Script


def a_group_of_one(script: Script) -> None:
    """Join, settle, be described, commit, leave, be deleted."""
    member, generation = script.settle_alone()
    script.heartbeat(member, generation)
    _describe(script)
    script.commit(3, member=member, generation=generation)
    script.committed()
    script.ask("DeleteGroups", 2, groups_names=[script.topic])
    script.leave((member, None))
    _describe(script)
    script.ask("DeleteGroups", 2, groups_names=[script.topic])
    script.committed()
    _describe(script)


def joins_that_cannot_be(script: Script) -> None:
    """No group, no such member, wrong timeouts, nothing to share, protocols that do not fit."""
    script.join(group="")
    script.join("stranger")
    script.join(session_ms=0)
    script.join(session_ms=10_000_000)
    script.join(protocols=())
    script.join(kind="")
    first = script.join()
    script.join("stranger")
    script.settle_alone()
    script.join(protocols=("roundrobin",))
    script.join(kind="connect")
    script.tell("id", bool(first.member_id))


def requests_of_strangers(script: Script) -> None:
    """Who is not a member, or of another generation, is told so."""
    script.heartbeat("stranger", 1)
    script.sync("stranger", 1)
    script.leave(("stranger", None))
    member, generation = script.settle_alone()
    script.heartbeat("stranger", generation)
    script.heartbeat(member, generation + 1)
    script.heartbeat("", generation)
    script.sync(member, generation + 1)
    script.sync(member, generation, protocol="other")
    script.sync(member, generation)
    script.leave(("stranger", None), (member, "no such instance"))
    script.commit(1, member="stranger", generation=generation)
    script.commit(1, member=member, generation=generation + 1)
    script.commit(1)
    script.commit(1, generation=generation)
    script.leave((member, None), (member, None))


def commits_outside_of_a_group(script: Script) -> None:
    """Anybody may commit for a group that has no members; for what there is not, nobody."""
    script.commit(5)
    script.commit(6, partition=1, metadata=None)
    script.commit(7, partition=9)
    script.commit(7, topic="nothing-there")
    script.commit(7, metadata="x" * 5000)
    script.commit(8, generation=3, member="m")
    script.commit(8, group="")
    script.committed()
    _describe(script)
    listed = script.wire.ask("ListGroups", 5, states_filter=[], types_filter=[])
    script.tell(
        "listed",
        [
            (each.protocol_type, each.group_state, each.group_type.lower())
            for each in listed.groups
            if each.group_id == script.topic
        ],
    )
    kind = BY_NAME["OffsetDelete"].request.OffsetDeleteRequestTopic
    for topic, index in ((script.topic, 1), (script.topic, 9), ("nothing-there", 0)):
        places = [kind.OffsetDeleteRequestPartition(partition_index=index)]
        asked = [kind(name=topic, partitions=places)]
        script.ask("OffsetDelete", 0, group_id=script.topic, topics=asked)
    script.ask("OffsetDelete", 0, group_id="nobody", topics=[])
    script.committed()


def static_members(script: Script) -> None:
    """Who comes back with its instance id takes its place; the one before is fenced."""
    member, generation = script.settle_alone(instance="one")
    again = script.join(instance="one")
    script.heartbeat(member, generation, "one")
    script.heartbeat(again.member_id, generation, "one")
    script.sync(member, generation, instance="one")
    script.join(member, instance="one")
    _describe(script)
    script.leave(("", "two"))
    script.leave(("", "one"))
    _describe(script)


def groups_that_nobody_knows(script: Script) -> None:
    """Ask in each version, delete, ask for offsets."""
    for version in (0, 5, 6):
        script.ask("DescribeGroups", version, groups=["nobody"])
    script.ask("DeleteGroups", 2, groups_names=["nobody", ""])
    script.ask("OffsetFetch", 7, group_id="nobody", topics=None, require_stable=False)
    script.ask("FindCoordinator", 4, key_type=7, coordinator_keys=["x"])
    script.ask("FindCoordinator", 4, key_type=0, coordinator_keys=[""])


def _describe(script: Script) -> None:
    script.ask("DescribeGroups", 5, groups=[script.topic])
