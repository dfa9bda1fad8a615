"""A consumer group as a state machine: time is an input, nothing waits."""

from __future__ import annotations

import pytest

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.state.group import TRANSITIONS, Group, State
from sandbox.servers.kafka.state.member import Member, read_member

NOBODY_WAITS = lambda _: False  # noqa: E731 - a name for an argument


def make_member(name: str, *protocols: str, instance: str | None = None, now: float = 0) -> Member:
    """Give a member with a session of 10 s, and 60 s to join a rebalance."""
    metadata = {each: name.encode() for each in protocols or ("range",)}
    return Member(name, "client", "/127.0.0.1", 10, 60, instance, metadata, last_seen=now)


@pytest.fixture
def seen() -> list[State]:
    """Give what collects the states that the group goes through."""
    return []


@pytest.fixture
def group(seen: list[State]) -> Group:
    """Give a group without an initial delay."""
    return Group("g", lambda group: seen.append(group.state))


def join(group: Group, *names: str, now: float = 0) -> None:
    """Let members join and settle."""
    for name in names:
        group.join(make_member(name, now=now), "consumer", now)
    for each in group.members.values():
        if not each.joined:
            group.join(make_member(each.id, now=now), "consumer", now)
    if group.state is State.COMPLETING:
        group.assign({name: b"to " + name.encode() for name in group.members})


@pytest.mark.parametrize("state", State)
def test_only_what_the_table_allows_happens(state: State) -> None:
    """Every pair of states: allowed by the table, or a ValueError and no change."""
    for wanted in State:
        group = Group("g", lambda _: None)
        group.state = state
        if wanted in TRANSITIONS[state]:
            group.become(wanted)
            assert group.state is wanted
        else:
            with pytest.raises(ValueError, match="cannot become"):
                group.become(wanted)
            assert group.state is state


def test_a_first_member_leads(group: Group, seen: list[State]) -> None:
    """Joining, assigning, leaving: the states in their order, and a generation more each time."""
    join(group, "a")
    assert (group.leader, group.generation, group.protocol) == ("a", 1, "range")
    assert group.members["a"].assignment == b"to a"
    group.leave(["a"], 1)
    assert seen == [State.PREPARING, State.COMPLETING, State.STABLE, State.PREPARING, State.EMPTY]
    assert (group.leader, group.protocol, group.generation) == ("", "", 2)


def test_a_rebalance_waits_for_everybody(group: Group) -> None:
    """A second member waits until the first joined again; both are in the next generation."""
    join(group, "a")
    group.join(make_member("b"), "consumer", 1)
    assert group.state is State.PREPARING
    group.join(make_member("a"), "consumer", 2)
    assert (group.state, group.generation, group.leader) == (State.COMPLETING, 2, "a")
    assert set(group.members) == {"a", "b"}


def test_who_does_not_join_in_time_is_out(group: Group) -> None:
    """After the rebalance timeout the generation begins without those that did not come."""
    join(group, "a")
    group.join(make_member("b"), "consumer", 1)
    group.expire(60.9, waits=lambda _: True)
    assert group.state is State.PREPARING
    group.expire(61, waits=lambda _: True)
    assert (group.state, set(group.members), group.leader) == (State.COMPLETING, {"b"}, "b")


def test_silence_ends_a_session(group: Group) -> None:
    """A member that was not heard for its session timeout is dropped, and the rest rebalance."""
    join(group, "a", "b")
    group.members["b"].heard(5, 1)
    group.expire(9.9, waits=NOBODY_WAITS)
    assert group.state is State.STABLE
    group.expire(10, waits=NOBODY_WAITS)
    assert (group.state, set(group.members)) == (State.PREPARING, {"b"})
    assert group.check("a", group.generation) is Code.UNKNOWN_MEMBER_ID


def test_who_waits_for_an_answer_is_not_silent(group: Group) -> None:
    """A member whose request is parked cannot send heartbeats, and need not."""
    join(group, "a")
    group.expire(1_000, waits=lambda name: name == "a")
    assert set(group.members) == {"a"}


def test_a_leader_that_never_assigns_is_dropped(group: Group) -> None:
    """Whoever joined and does not ask for its assignment in time holds up the others no more."""
    group.join(make_member("a"), "consumer", 0)
    assert group.state is State.COMPLETING
    group.members["a"].heard(59, 1)
    group.expire(59.9, waits=NOBODY_WAITS)
    assert set(group.members) == {"a"}
    group.expire(60, waits=NOBODY_WAITS)
    assert group.state is State.EMPTY


def test_an_empty_group_waits_for_more() -> None:
    """The initial delay begins anew with each new member, and holds once only."""
    group = Group("g", lambda _: None, initial_delay=2)
    group.join(make_member("a"), "consumer", 0)
    group.join(make_member("b"), "consumer", 1.5)
    group.expire(3, waits=lambda _: True)
    assert group.state is State.PREPARING
    group.expire(3.5, waits=lambda _: True)
    assert (group.state, group.generation, set(group.members)) == (State.COMPLETING, 1, {"a", "b"})
    group.assign({})
    group.leave(["b"], 4)
    group.join(make_member("a"), "consumer", 4)
    assert group.state is State.COMPLETING


def test_a_promised_member_is_waited_for(group: Group) -> None:
    """Who was sent away for its id (KIP-394) belongs to the rebalance, until it takes too long."""
    join(group, "a")
    group.promise("b", 20)
    group.rebalance(10)
    group.join(make_member("a", now=10), "consumer", 10)
    assert group.state is State.PREPARING
    group.expire(19, waits=lambda _: True)
    assert group.state is State.PREPARING
    group.expire(20, waits=lambda _: True)
    assert (group.state, group.pending) == (State.COMPLETING, {})


def test_the_protocol_is_one_that_all_know(group: Group) -> None:
    """Votes count among the protocols that everybody has; strangers to all are not let in."""
    group.join(make_member("a", "sticky", "range"), "consumer", 0)
    assert group.protocol == "sticky"
    assert group.accepts("consumer", ["range"])
    assert not group.accepts("consumer", ["other"])
    assert not group.accepts("connect", ["range"])
    assert not group.accepts("consumer", [])
    group.join(make_member("b", "range"), "consumer", 1)
    group.join(make_member("a", "sticky", "range"), "consumer", 1)
    assert group.protocol == "range"


def test_requests_are_checked(group: Group) -> None:
    """Member, generation and instance id: each wrong one has its own error."""
    group.join(make_member("a", instance="i"), "consumer", 0)
    assert group.check("a", 1, "i") is Code.NONE
    assert group.check("a", 2) is Code.ILLEGAL_GENERATION
    assert group.check("x", 1) is Code.UNKNOWN_MEMBER_ID
    assert group.check("x", 1, "i") is Code.FENCED_INSTANCE_ID


def test_a_static_member_takes_its_own_place(group: Group) -> None:
    """A new id under the same instance has the old one's assignment, and leads if that did."""
    group.join(make_member("old", instance="i"), "consumer", 0)
    group.assign({"old": b"mine"})
    group.replace(group.members["old"], make_member("new", instance="i"))
    assert (group.state, group.leader, group.generation) == (State.STABLE, "new", 1)
    assert group.members["new"].assignment == b"mine"
    assert group.check("old", 1, "i") is Code.FENCED_INSTANCE_ID


def test_joining_again_unchanged_moves_nobody(group: Group) -> None:
    """A follower that joins with what it had finds its generation; the leader starts a new one."""
    join(group, "a", "b")
    assert group.is_unmoved_by(make_member("b"))
    assert not group.is_unmoved_by(make_member("b", "other"))
    assert not group.is_unmoved_by(make_member("a"))
    assert not group.is_unmoved_by(make_member("stranger"))


def test_a_member_survives_as_data() -> None:
    """What the journal keeps of a member gives the member again, its session begun anew."""
    member = make_member("a", "range", "sticky", instance="i", now=3)
    member.assignment = b"\x00\xff"
    again = read_member(member.as_fact(), now=50)
    assert (again.last_seen, again.joined) == (50, True)
    again.last_seen, again.joined = member.last_seen, member.joined
    assert again == member
