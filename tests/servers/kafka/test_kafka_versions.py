"""Every API in every version that is offered: answered, and refused, in that version's own shape."""

from __future__ import annotations

import itertools
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from asked import ASKED, nested
from kafka.protocol.api_message import ApiMessage
from kafka_wire import BY_NAME

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers import HANDLERS
from sandbox.servers.kafka.refusal import ERROR_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_process import KafkaProcess
    from kafka_wire import Wire

PAIRS = [
    pytest.param(api.name, version, id=f"{api.name}-{version}")
    for api in HANDLERS.values()
    for version in api.versions
]
# What an answer to the requests in `asked` may hold as an error, by API: nobody is in the group.
EXPECTED = {
    "Heartbeat": {Code.UNKNOWN_MEMBER_ID},
    "SyncGroup": {Code.UNKNOWN_MEMBER_ID},
    "LeaveGroup": {Code.UNKNOWN_MEMBER_ID},
    "JoinGroup": {Code.MEMBER_ID_REQUIRED},
    "DescribeGroups": {Code.GROUP_ID_NOT_FOUND},
    "DeleteGroups": {Code.GROUP_ID_NOT_FOUND},
    "DeleteTopics": {Code.UNKNOWN_TOPIC_OR_PARTITION},
    "OffsetDelete": {Code.GROUP_ID_NOT_FOUND},
    "AddPartitionsToTxn": {Code.INVALID_PRODUCER_ID_MAPPING},
    "AddOffsetsToTxn": {Code.INVALID_PRODUCER_ID_MAPPING},
    "EndTxn": {Code.INVALID_PRODUCER_ID_MAPPING},
    "TxnOffsetCommit": {Code.INVALID_PRODUCER_ID_MAPPING},
    "WriteTxnMarkers": {Code.UNKNOWN_TOPIC_OR_PARTITION},
    "ConsumerGroupDescribe": {Code.GROUP_ID_NOT_FOUND},
    "DescribeAcls": {Code.SECURITY_DISABLED},
    "CreateAcls": {Code.SECURITY_DISABLED},
    "DeleteAcls": {Code.SECURITY_DISABLED},
    "AlterReplicaLogDirs": {Code.LOG_DIR_NOT_FOUND},
    "ElectLeaders": {Code.ELECTION_NOT_NEEDED},
    "DescribeTransactions": {Code.TRANSACTIONAL_ID_NOT_FOUND},
}


@pytest.fixture
def made(wire: Wire, topic: str) -> uuid.UUID:
    """Make the test's topic, with one partition, and give its id."""
    asked = nested(
        "CreateTopics", "CreatableTopic", name=topic, num_partitions=1, replication_factor=1
    )
    answer = wire.ask("CreateTopics", 7, topics=[asked], timeout_ms=1000)
    assert answer.topics[0].error_code == Code.NONE
    topic_id: uuid.UUID = answer.topics[0].topic_id
    return topic_id


def fields(api: str, version: int, topic: str, topic_id: uuid.UUID) -> dict[str, Any]:
    """Give what a request of that version has of the fields in `asked`."""
    known = BY_NAME[api].request._struct.fields
    everything = ASKED[api](topic, topic_id)
    return {name: each for name, each in everything.items() if known[name].for_version_q(version)}


def errors(message: Any, version: int) -> Iterator[int]:
    """Give every error code in an answer."""
    for name, field in message._struct.fields.items():
        value = getattr(message, name)
        if name in ERROR_CODES and field.for_version_q(version):
            yield value
        elif isinstance(value, list):
            yield from itertools.chain.from_iterable(
                errors(each, version) for each in value if hasattr(each, "_struct")
            )


# Before version 4 of JoinGroup a member joins at once: test_old_members_join_at_once.
ANSWERED_ALONE = [pair for pair in PAIRS if pair[0] != "JoinGroup" or pair[1] >= 4]


@pytest.mark.parametrize(("api", "version"), ANSWERED_ALONE)
def test_it_is_answered(wire: Wire, topic: str, made: uuid.UUID, api: str, version: int) -> None:
    """kafka-python reads the answer in that version, and it holds no error but the expected."""
    answer = wire.ask(api, version, **fields(api, version, topic, made))
    assert isinstance(answer, ApiMessage)
    assert set(errors(answer, version)) <= {Code.NONE, *EXPECTED.get(api, ())}


@pytest.mark.parametrize("version", range(4))
def test_old_members_join_at_once(wire: Wire, topic: str, version: int) -> None:
    """Before version 4 of JoinGroup a member gets its id with its first answer."""
    asked = fields("JoinGroup", version, topic, uuid.UUID(int=0))
    answer = wire.ask("JoinGroup", version, member_id="", **asked)
    assert (answer.error_code, answer.generation_id) == (Code.NONE, 1)
    assert answer.leader == answer.member_id == answer.members[0].member_id
    wire.ask("LeaveGroup", 0, group_id=topic, member_id=answer.member_id)


@pytest.mark.parametrize(("api", "version"), PAIRS)
def test_it_is_refused_on_demand(
    stream: KafkaProcess, wire: Wire, topic: str, *, made: uuid.UUID, api: str, version: int
) -> None:
    """A fault rule's error stands where that version has room for one, and nothing was done."""
    # kafka-python reads no other error in newer versions of ApiVersions.
    code = Code.UNSUPPORTED_VERSION if api == "ApiVersions" else Code.NOT_COORDINATOR
    stream.rule(api, "error", error=code.name)
    answer = wire.ask(api, version, **fields(api, version, topic, made))
    assert set(errors(answer, version)) == {code}
    assert stream.ask("GET", "/rules") == (200, [])


def test_what_is_offered_is_what_is_handled(wire: Wire) -> None:
    """ApiVersions lists the table of handlers, neither more nor less."""
    answer = wire.ask("ApiVersions", 4, client_software_name="x", client_software_version="1")
    offered = {each.api_key: (each.min_version, each.max_version) for each in answer.api_keys}
    ours = {key: (api.versions[0], api.versions[-1]) for key, api in HANDLERS.items()}
    # Old librdkafka looks for the first versions of Produce, which are not answered.
    assert offered == {**ours, 0: (0, ours[0][1])}
