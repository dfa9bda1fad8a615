"""ConsumerGroupDescribe (69): epochs, members and assignments of groups (KIP-848).

Versions 0 to 1. Groups of the classic protocol are not found; DescribeGroups has those.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.operations import ON_GROUPS, as_bits
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.schemas import ConsumerGroupDescribeResponse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.assignors import Place
    from sandbox.servers.kafka.state.consumer_group import ConsumerGroup
    from sandbox.servers.kafka.state.consumer_member import ConsumerMember

Described = ConsumerGroupDescribeResponse.DescribedGroup
Members = Described.Member
# What kind of member one is (KIP-1099): all speak this protocol.
OF_THIS_PROTOCOL = 1
UNKNOWN_OPERATIONS = -(1 << 31)


def handle(request: Request) -> Outcome:
    """Describe each group that is named."""
    groups = [_describe(request, name) for name in request.body.group_ids]
    return Reply(ConsumerGroupDescribeResponse(version=request.version, groups=groups))


def _describe(request: Request, name: str) -> Any:
    asked = request.body.include_authorized_operations
    operations = as_bits(ON_GROUPS) if asked else UNKNOWN_OPERATIONS
    group = request.cluster.consumer_groups.by_name.get(name)
    if group is None:
        return Described(
            error_code=Code.GROUP_ID_NOT_FOUND,
            error_message=f"Group {name} not found.",
            group_id=name,
            group_state="",
            group_epoch=0,
            assignment_epoch=0,
            assignor_name="",
            members=[],
            authorized_operations=operations,
        )
    return Described(
        error_code=Code.NONE,
        error_message=None,
        group_id=name,
        group_state=group.state,
        group_epoch=group.epoch,
        assignment_epoch=group.assignment_epoch,
        assignor_name=group.assignor,
        members=[_member(request, group, each) for each in group.members.values()],
        authorized_operations=operations,
    )


def _member(request: Request, group: ConsumerGroup, member: ConsumerMember) -> Any:
    return Members(
        member_id=member.id,
        instance_id=member.instance_id,
        rack_id=member.rack_id,
        member_epoch=member.epoch,
        client_id=member.client_id,
        client_host=member.client_host,
        subscribed_topic_names=sorted(member.topics),
        subscribed_topic_regex=member.regex or "",
        assignment=_places(request, member.assigned),
        target_assignment=_places(request, group.target.get(member.id, ())),
        member_type=OF_THIS_PROTOCOL,
    )


def _places(request: Request, places: Iterable[Place]) -> Any:
    known = request.cluster.topics.by_id
    by_topic: dict[Any, list[int]] = {}
    for topic, index in sorted(places, key=lambda place: (place[0].int, place[1])):
        if topic in known:
            by_topic.setdefault(topic, []).append(index)
    listed = [
        Members.Assignment.TopicPartitions(
            topic_id=topic, topic_name=known[topic].name, partitions=indexes
        )
        for topic, indexes in by_topic.items()
    ]
    return Members.Assignment(topic_partitions=listed)
