"""Faults on demand: what rules do to clients, and what the control port refuses."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import pytest
from asked import list_offsets, nested
from kafka_record import Client, Record
from kafka_wire import Wire

from sandbox.clock import wait_until
from sandbox.endpoint import Endpoint, is_listening
from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_process import KafkaProcess


@pytest.fixture(autouse=True)
def _no_rules_left(stream: KafkaProcess) -> Iterator[None]:
    """Lift what a test left in force: the server is shared."""
    yield
    assert stream.ask("DELETE", "/rules") == (200, [])


def ask(wire: Wire) -> int | None:
    """Ask something small; gives its error, None where the connection was closed."""
    answer = wire.ask("FindCoordinator", 3, key="g")
    return None if answer is None else int(answer.error_code)


def test_the_next_requests_fail(stream: KafkaProcess, wire: Wire) -> None:
    """An error for so many requests of one API; other APIs and later requests are well."""
    stream.rule("FindCoordinator", "error", error="COORDINATOR_LOAD_IN_PROGRESS", times=2)
    assert wire.ask("ListGroups", 0).error_code == Code.NONE
    asked = [ask(wire) for _ in range(3)]
    assert asked == [Code.COORDINATOR_LOAD_IN_PROGRESS] * 2 + [Code.NONE]


def test_a_rule_without_an_end_is_lifted(stream: KafkaProcess, wire: Wire) -> None:
    """`times: null` holds until the rules are lifted; they are listed while they hold."""
    stream.rule("FindCoordinator", "error", error="NOT_COORDINATOR", times=None)
    assert [ask(wire) for _ in range(5)] == [Code.NOT_COORDINATOR] * 5
    (listed,) = stream.ask("GET", "/rules")[1]
    assert (listed["api"], listed["error"], listed["times"]) == (
        "FindCoordinator",
        "NOT_COORDINATOR",
        None,
    )
    stream.ask("DELETE", "/rules")
    assert ask(wire) == Code.NONE


def test_rules_of_one_api_come_in_turn(stream: KafkaProcess, wire: Wire) -> None:
    """The oldest rule is used up first, then the next."""
    for error in ("NOT_COORDINATOR", "REQUEST_TIMED_OUT"):
        stream.rule("FindCoordinator", "error", error=error)
    assert [ask(wire) for _ in range(3)] == [Code.NOT_COORDINATOR, Code.REQUEST_TIMED_OUT, 0]


def test_a_delay_holds_up_one_connection(stream: KafkaProcess, wire: Wire) -> None:
    """The answer comes after so many seconds, and others are not kept waiting."""
    stream.rule("FindCoordinator", "delay", seconds=0.3)
    began = time.monotonic()
    wire.request("FindCoordinator", 3, key="g")
    with Wire(stream.port) as other:
        assert ask(other) == Code.NONE
    assert time.monotonic() - began < 0.3
    assert wire.answer("FindCoordinator", 3).error_code == Code.NONE
    assert time.monotonic() - began >= 0.3


def test_a_disconnect_does_nothing(stream: KafkaProcess, client: Client, topic: str) -> None:
    """The request is not carried out and the connection ends; the client tries again."""
    client.create(topic)
    stream.rule("Produce", "disconnect")
    assert client.produce(topic, [Record(b"x", partition=0)], idempotent=True) == [(0, 0)]
    assert client.offsets(topic, "latest") == {0: 1}


def test_a_lost_acknowledgement_is_not_written_twice(
    stream: KafkaProcess, client: Client, topic: str
) -> None:
    """The batch is written, its answer never leaves; an idempotent producer sends it again."""
    client.create(topic)
    stream.rule("Produce", "drop_reply")
    client.produce(topic, [Record(b"%d" % n, partition=0) for n in range(5)], idempotent=True)
    assert client.offsets(topic, "latest") == {0: 5}


def test_a_retriable_error_is_overcome(stream: KafkaProcess, client: Client, topic: str) -> None:
    """A leader that is not one for a moment: every client library retries, and nothing is lost."""
    client.create(topic)
    stream.rule("Produce", "error", error="NOT_LEADER_OR_FOLLOWER")
    client.produce(topic, [Record(b"x", partition=0)], idempotent=True)
    assert client.offsets(topic, "latest") == {0: 1}


def test_a_hang_is_for_good(stream: KafkaProcess, wire: Wire) -> None:
    """A connection that hangs gets no answer to this request nor to the next; others do."""
    stream.rule("FindCoordinator", "hang")
    wire.request("FindCoordinator", 3, key="g")
    wire.request("ListGroups", 0)
    with Wire(stream.port) as other:
        assert ask(other) == Code.NONE
    wire._socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        wire.receive()


def test_sessions_end_on_demand(stream: KafkaProcess, client: Client, topic: str) -> None:
    """Everybody in a group is put out at once, and joins again by itself."""
    client.create(topic)
    member = client.join(topic, topic)
    wait_until(
        lambda: member.poll() is not None and member.held(), within=20, waiting_for="a partition"
    )
    asked = {"group": topic, "everybody": False}
    assert stream.ask("POST", "/expire-sessions", asked) == (200, {"expired": []})
    status, answer = stream.ask("POST", "/expire-sessions", {"group": topic, "everybody": True})
    assert (status, len(answer["expired"])) == (200, 1)
    assert client.members(topic) == ("Empty", 0)
    wait_until(
        lambda: member.poll() is not None and client.members(topic) == ("Stable", 1),
        within=20,
        waiting_for="the member to come back",
    )
    member.close()


def test_chance_is_drawn_from_a_seed(stream: KafkaProcess, wire: Wire) -> None:
    """A rule with a chance meets some requests, and the same ones again from the same seed."""

    def draw(seed: int) -> list[int | None]:
        more = {"error": "NOT_COORDINATOR", "times": None, "chance": 0.5, "rng_seed": seed}
        stream.rule("FindCoordinator", "error", **more)
        asked = [ask(wire) for _ in range(30)]
        stream.ask("DELETE", "/rules")
        return asked

    first = draw(7)
    assert {Code.NONE, Code.NOT_COORDINATOR} == set(first)
    assert draw(7) == first
    assert draw(8) != first


def test_a_rule_for_every_api(stream: KafkaProcess, wire: Wire) -> None:
    """Where no API is named, the next request meets the rule, whichever it is."""
    stream.rule(None, "error", error="REQUEST_TIMED_OUT", times=2)
    assert wire.ask("ListGroups", 0).error_code == Code.REQUEST_TIMED_OUT
    assert [ask(wire), ask(wire)] == [Code.REQUEST_TIMED_OUT, Code.NONE]


def test_one_session_ends(stream: KafkaProcess, client: Client, topic: str) -> None:
    """A member that is named is put out; nobody else is."""
    client.create(topic)
    member = client.join(topic, topic)
    wait_until(
        lambda: member.poll() is not None and member.held(), within=20, waiting_for="a partition"
    )
    asked = {"group": topic, "member": "somebody else"}
    assert stream.ask("POST", "/expire-sessions", asked) == (200, {"expired": []})
    with Wire(stream.port) as wire:
        (described,) = wire.ask("DescribeGroups", 0, groups=[topic]).groups
    (known,) = (each.member_id for each in described.members)
    assert stream.ask("POST", "/expire-sessions", {"member": known})[1] == {"expired": [known]}
    member.close()


def test_a_rebalance_on_demand(stream: KafkaProcess, client: Client, topic: str) -> None:
    """The members of a group join again, and have their partitions back."""
    client.create(topic)
    member = client.join(topic, topic)
    wait_until(
        lambda: member.poll() is not None and member.held(), within=20, waiting_for="a partition"
    )
    before = stream.generation(topic)
    assert stream.ask("POST", "/rebalance", {"group": "nobody"}) == (200, {"rebalancing": []})
    assert stream.ask("POST", "/rebalance", {"group": topic}) == (200, {"rebalancing": [topic]})
    wait_until(
        lambda: member.poll() is not None and stream.generation(topic) > before,
        within=20,
        waiting_for="the member to join anew",
    )
    assert client.members(topic) == ("Stable", 1)
    member.close()


def test_an_outage_ends_by_itself(stream: KafkaProcess, wire: Wire, topic: str) -> None:
    """Connections are cut and refused for a while; what was kept is there afterwards.

    That an app gets over it: tests/replay/test_replay_faults.py. (kafka-python leaves sockets open
    where it is refused, so it is not asked here.)
    """
    made = nested(
        "CreateTopics", "CreatableTopic", name=topic, num_partitions=1, replication_factor=1
    )
    wire.ask("CreateTopics", 7, topics=[made], timeout_ms=1000)
    assert stream.ask("POST", "/outage", {"seconds": 0.3}) == (200, {})
    assert ask(wire) is None
    with pytest.raises(ConnectionRefusedError):
        Wire(stream.port)
    there = Endpoint("127.0.0.1", stream.port)
    wait_until(lambda: is_listening(there), within=20, waiting_for="the stream to be back")
    with Wire(stream.port) as again:
        asked = list_offsets(topic, uuid.UUID(int=0))
        (found,) = again.ask("ListOffsets", 1, **asked).topics[0].partitions
    assert (found.error_code, found.offset) == (Code.NONE, 0)


def test_an_outage_is_ended(stream: KafkaProcess) -> None:
    """An outage without an end lasts until it is ended; to end none is harmless."""
    assert stream.ask("POST", "/outage") == (200, {})
    with pytest.raises(ConnectionRefusedError):
        Wire(stream.port)
    for _ in range(2):
        assert stream.ask("DELETE", "/outage") == (200, {})
        with Wire(stream.port) as wire:
            assert ask(wire) == Code.NONE
    assert "seconds" in stream.ask("POST", "/outage", {"seconds": -1})[1]["error"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            {"api": "Produse", "action": "hang"},
            "api: 'Produse' is none of them; did you mean 'Produce'?",
        ),
        ({"api": "Produce", "action": "explode"}, "explode"),
        ({"api": "Produce", "action": "error"}, "error: say which"),
        ({"api": "Produce", "action": "error", "error": "OOPS"}, "error: 'OOPS' is none of"),
        ({"api": "Produce", "action": "error", "error": 7}, "error: 7 is none of"),
        ({"api": "Produce", "action": "hang", "times": 0}, "times: 1 or more"),
        ({"api": "Produce", "action": "delay", "seconds": -1}, "seconds: between 0"),
        ({"api": "Produce", "action": "delay", "second": 1}, "second"),
        ({"api": "Produce", "action": "hang", "chance": 0}, "chance: above 0"),
        ({"api": "Produce", "action": "hang", "chance": 1.5}, "chance: above 0"),
        ([1], "object"),
        (b"{", "JSON"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    stream: KafkaProcess, rule: object, said: str
) -> None:
    """The answer names the field and what is valid; no rule is in force."""
    status, answer = stream.ask("POST", "/rules", rule)
    assert (status, said in answer["error"]) == (400, True), answer
    assert stream.ask("GET", "/rules") == (200, [])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("PUT", "/rules", 404), ("POST", "/expire-sessions?x", 404)],
)
def test_paths_that_are_not_there(
    stream: KafkaProcess, method: str, path: str, status: int
) -> None:
    """An unknown request is told which there are."""
    got, answer = stream.ask(method, path)
    assert (got, "POST /rules" in answer["error"]) == (status, True)


def test_the_control_port_outlives_nonsense(stream: KafkaProcess) -> None:
    """Bytes that are no HTTP end their connection only."""
    for data in (b"\x00" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"POST /rules HTTP/1.1\r\n\r\n"):
        with Wire(stream.control_port) as wire:
            wire.send(data)
            wire.receive()
    assert stream.ask("POST", "/expire-sessions", {"grup": "x"})[0] == 400
    assert stream.ask("GET", "/rules") == (200, [])
