"""Every API in every version that is offered: the embedded stream answers as Apache Kafka does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from asked import ASKED, nested
from kafka_wire import BY_NAME
from plain import Names, plain
from relaxations import RELAXED, relax

from sandbox.clock import wait_until
from sandbox.servers import kafka
from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers import HANDLERS

if TYPE_CHECKING:
    import uuid

    from kafka_wire import Wire

README = Path(kafka.__file__).with_name("README.md")
PAIRS = [
    pytest.param(api.name, version, id=f"{api.name}-{version}")
    for api in HANDLERS.values()
    for version in api.versions
]


def make(wire: Wire, topic: str) -> uuid.UUID:
    """Make a topic of one partition; gives its id."""
    asked = nested(
        "CreateTopics", "CreatableTopic", name=topic, num_partitions=1, replication_factor=1
    )
    found = wire.ask("CreateTopics", 7, topics=[asked], timeout_ms=5000).topics[0]
    # Kafka's broker hears of a topic a moment after its controller has made it.
    wait_until(
        lambda: (
            wire.ask("ListOffsets", 1, **ASKED["ListOffsets"](topic, found.topic_id))
            .topics[0]
            .partitions[0]
            .error_code
            == Code.NONE
        ),
        within=20,
        waiting_for=topic,
    )
    topic_id: uuid.UUID = found.topic_id
    return topic_id


def answer(wire: Wire, api: str, version: int, topic: str) -> Any:
    """Ask as `asked` has it; gives the answer as plain data."""
    known = BY_NAME[api].request._struct.fields
    topic_id = make(wire, topic)
    fields = ASKED[api](topic, topic_id)
    given = {name: each for name, each in fields.items() if known[name].for_version_q(version)}
    answered = wire.ask(api, version, **given)
    # Those of other tests come and go.
    if api == "ListGroups":
        answered.groups = [each for each in answered.groups if each.group_id == topic]
    if api == "ListTransactions":
        answered.transaction_states = []
    return plain(answered, version, Names(("<topic>", str(topic_id))))


@pytest.mark.parametrize(("api", "version"), PAIRS)
def test_it_is_answered_alike(wires: tuple[Wire, Wire], topic: str, api: str, version: int) -> None:
    """The same request has the same answer, field by field, but for what `relaxations` names."""
    ours, theirs = (relax(api, answer(wire, api, version, topic)) for wire in wires)
    assert ours == theirs


def test_every_relaxation_is_in_the_readme() -> None:
    """What is not compared stands in the room's README, with the reason, and nothing else does."""
    said = README.read_text().partition("| API | fields not compared | why |\n")[2]
    rows = said.partition("\n\n")[0].splitlines()[1:]
    assert rows == [f"| {each.api} | {', '.join(each.fields)} | {each.why} |" for each in RELAXED]
    assert {each.api for each in RELAXED} <= {api.name for api in HANDLERS.values()}
