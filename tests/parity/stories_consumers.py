"""Stories of consumer groups of the newer protocol (KIP-848)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.clock import wait_until
from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    from script import Script

Owned = tuple[int, ...]


def one_member(script: Script) -> None:
    """Join, get all, stay, commit, be described, leave, be deleted."""
    name = script.topic
    _let_it_know_the_topic(script)
    joined = _beat_raw(script, "a", 0, names=[name], owned=())
    if joined.assignment is None or _indexes(joined) != (0, 1):
        joined = _until_changed(script, "a", joined.member_epoch, ())
    script.tell("gets", _indexes(joined))
    epoch = joined.member_epoch
    _beat(script, "a", epoch, owned=(0, 1))
    _beat(script, "a", epoch)
    _beat(script, "a", epoch, names=[name], owned=(0, 1))
    script.commit(3, member="a", generation=epoch)
    script.commit(3, member="a", generation=epoch, version=9)
    script.commit(4, member="a", generation=epoch + 1, version=9)
    script.commit(4, member="b", generation=epoch)
    script.commit(4)
    script.committed()
    _describe(script)
    script.ask("DescribeGroups", 6, groups=[name])
    script.ask("DeleteGroups", 2, groups_names=[name])
    _beat(script, "a", -1)
    _describe(script)
    script.commit(5)
    script.ask("DeleteGroups", 2, groups_names=[name])
    _describe(script)


def two_members_share(script: Script) -> None:
    """Let the second one have a partition once the first has given it up."""
    name = script.topic
    _let_it_know_the_topic(script)
    first = _beat(script, "a", 0, names=[name], owned=())
    _beat(script, "a", first, owned=(0, 1))
    second = _beat_raw(script, "b", 0, names=[name], owned=()).member_epoch
    answer = _until_changed(script, "a", first, (0, 1))
    kept = _indexes(answer)
    script.tell("keeps", len(kept))
    first = _beat_raw(script, "a", answer.member_epoch, owned=kept).member_epoch
    answer = _until_changed(script, "b", second, ())
    script.tell("gets", len(_indexes(answer)))
    script.tell("each once", sorted(kept + _indexes(answer)))
    _describe_settled(script)
    _beat(script, "b", -1)
    answer = _until_changed(script, "a", first, kept)
    script.tell("gets back", _indexes(answer))


def heartbeats_that_cannot_be(script: Script) -> None:
    """Refuse what lacks something, strangers, epochs that are not theirs, odd assignors."""
    name = script.topic
    _let_it_know_the_topic(script)
    _beat(script, "a", 5)
    _beat(script, "a", 0, names=[name])
    _beat(script, "a", 0, owned=())
    _beat(script, "", 0, names=[name], owned=())
    _beat(script, "a", -3)
    _beat(script, "a", -2)
    _beat(script, "a", 0, names=[name], owned=(), assignor="magic")
    _beat(script, "a", 0, pattern="(", owned=())
    _beat(script, "a", 0, names=[name], owned=(), group="")
    epoch = _beat(script, "a", 0, names=[name], owned=())
    _beat(script, "b", epoch)
    _beat(script, "a", epoch + 1)
    _beat(script, "a", epoch - 1)
    _beat(script, "b", -1)
    script.heartbeat("a", epoch)


def static_members_come_back(script: Script) -> None:
    """Keep the place of who left for a while, and let nobody else have its instance id."""
    name = script.topic
    _let_it_know_the_topic(script)
    epoch = _beat(script, "a", 0, names=[name], owned=(), instance="one")
    _beat(script, "b", 0, names=[name], owned=(), instance="one")
    _beat(script, "b", epoch, instance="one")
    _beat(script, "a", -2, instance="one")
    _beat(script, "c", 0, names=[name], owned=(), instance="one")
    _beat(script, "a", epoch, instance="one")
    _beat(script, "c", -1, instance="one")


def both_protocols_meet(script: Script) -> None:
    """Let an empty group change its protocol, and none that has members."""
    name = script.topic
    _let_it_know_the_topic(script)
    member, generation = script.settle_alone()
    script.leave((member, None))
    script.tell("generation", generation)
    _beat(script, "a", 0, names=[name], owned=())
    _beat(script, "a", -1)
    script.join()


def _let_it_know_the_topic(script: Script) -> None:
    """Have a member of another group get the topic's partitions first.

    Kafka's group coordinator learns of a topic after its controller has made it: who joins before
    goes through an epoch more.
    """
    group = f"{script.topic}.before"
    joined = _beat_raw(script, "x", 0, names=[script.topic], owned=(), group=group)
    epochs = [joined.member_epoch]

    def has_partitions() -> bool:
        answer = _beat_raw(script, "x", epochs[0], owned=(), group=group)
        epochs[0] = answer.member_epoch
        return answer.assignment is not None and _indexes(answer) != ()

    if joined.assignment is None or not _indexes(joined):
        wait_until(has_partitions, within=30, waiting_for="partitions")
    _beat_raw(script, "x", -1, group=group)


def _beat_raw(
    script: Script,
    member: str,
    epoch: int,
    *,
    names: list[str] | None = None,
    pattern: str | None = None,
    owned: Owned | None = None,
    instance: str | None = None,
    assignor: str | None = None,
    group: str | None = None,
) -> Any:
    path = "TopicPartitions"
    places = None
    if owned is not None:
        listed = script.nested(
            "ConsumerGroupHeartbeat", path, topic_id=script.topic_id, partitions=list(owned)
        )
        places = [listed] if owned else []
    return script.wire.ask(
        "ConsumerGroupHeartbeat",
        1,
        group_id=script.topic if group is None else group,
        member_id=member,
        member_epoch=epoch,
        instance_id=instance,
        rebalance_timeout_ms=30_000 if epoch == 0 else -1,
        subscribed_topic_names=names,
        subscribed_topic_regex=pattern,
        server_assignor=assignor,
        topic_partitions=places,
    )


def _beat(script: Script, member: str, epoch: int, **more: Any) -> int:
    """Send a heartbeat and keep its answer; gives the member's epoch."""
    answer = _beat_raw(script, member, epoch, **more)
    assigned = None
    if epoch > 0 and answer.assignment is not None:  # what a join brings at once may differ
        assigned = sum(len(each.partitions) for each in answer.assignment.topic_partitions)
    said = (answer.error_code, answer.member_id, answer.member_epoch, answer.heartbeat_interval_ms)
    script.tell(f"{member} at {epoch}", (*said, assigned))
    return int(answer.member_epoch)


def _until_changed(script: Script, member: str, epoch: int, owned: Owned) -> Any:
    """Send heartbeats until one brings partitions: Kafka thinks a while before it assigns."""
    epochs = [epoch]

    def look() -> Any:
        answer = _beat_raw(script, member, epochs[0], owned=owned)
        assert answer.error_code == Code.NONE, answer
        epochs[0] = answer.member_epoch
        changed = answer.assignment is not None and _indexes(answer) != owned
        return answer if changed else None

    return wait_until(look, within=30, waiting_for="partitions")


def _indexes(answer: Any) -> Owned:
    return tuple(index for each in answer.assignment.topic_partitions for index in each.partitions)


def _describe_settled(script: Script) -> None:
    (group,) = script.wire.ask("ConsumerGroupDescribe", 0, group_ids=[script.topic]).groups
    targets = [each.target_assignment == each.assignment for each in group.members]
    script.tell("settled", (group.group_state, group.assignor_name, targets))


def _describe(script: Script) -> None:
    script.ask("ConsumerGroupDescribe", 1, group_ids=[script.topic])
