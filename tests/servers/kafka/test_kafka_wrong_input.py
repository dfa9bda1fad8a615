"""What no client should send: the connection ends, the server and all others go on."""

from __future__ import annotations

import random
import struct
import uuid
from typing import TYPE_CHECKING

import pytest
from asked import ASKED, nested
from batches import make_batch
from kafka_wire import BY_NAME, Wire, frame

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers import HANDLERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kafka_process import KafkaProcess

HEADER = struct.Struct(">hhih")


def header(api_key: int, version: int, client: bytes = b"") -> bytes:
    """Give a request's header."""
    return HEADER.pack(api_key, version, 1, len(client)) + client


def lives(stream: KafkaProcess) -> None:
    """Hold that the server still answers."""
    with Wire(stream.port) as other:
        assert other.ask("ApiVersions", 0).error_code == Code.NONE


def produce(wire: Wire, topic: str, records: bytes | None, acks: int = -1, index: int = 0) -> Any:
    """Send bytes as a record batch; gives the partition's answer, None where there is none."""
    topics = BY_NAME["Produce"].request.TopicProduceData
    partition = topics.PartitionProduceData(index=index, records=records)
    data = [topics(name=topic, partition_data=[partition])]
    wire.request("Produce", 9, acks=acks, timeout_ms=1000, topic_data=data)
    answer = wire.answer("Produce", 9)
    return answer and answer.responses[0].partition_responses[0]


def create(wire: Wire, topic: str, **config: str) -> None:
    """Make a topic with one partition."""
    asked = nested(
        "CreateTopics", "CreatableTopic", name=topic, num_partitions=1, replication_factor=1
    )
    entry = BY_NAME["CreateTopics"].request.CreatableTopic.CreatableTopicConfig
    asked.configs = [entry(name=name, value=value) for name, value in config.items()]
    assert wire.ask("CreateTopics", 5, topics=[asked]).topics[0].error_code == Code.NONE


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", id="http"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="tls"),
        pytest.param(struct.pack(">i", 2**31 - 1), id="a frame of 2 GB"),
        pytest.param(struct.pack(">i", 100 * 1024 * 1024 + 1), id="a frame just too large"),
        pytest.param(struct.pack(">i", -1), id="a negative frame"),
        pytest.param(struct.pack(">i", 0), id="an empty frame"),
        pytest.param(frame(b"\x00" * 9), id="half a header"),
        pytest.param(frame(HEADER.pack(3, 9, 1, 500)), id="a client id beyond the frame"),
        pytest.param(frame(header(3, 12) + b"\xff" * 50), id="endless tags"),
        pytest.param(frame(header(3, 12)), id="no body"),
        pytest.param(frame(header(99, 0)), id="an unknown api"),
        pytest.param(frame(header(-1, 0)), id="a negative api"),
        pytest.param(frame(header(0, 99)), id="an unknown version"),
        pytest.param(frame(header(0, 2)), id="a version from before"),
        pytest.param(frame(header(3, 1) + b"\x7f\xff\xff\xff"), id="a list of 2^31"),
    ],
)
def test_nonsense_ends_the_connection(stream: KafkaProcess, wire: Wire, data: bytes) -> None:
    """Whatever it is, the sender is hung up on, and others are served."""
    wire.send(data)
    assert wire.is_closed
    lives(stream)


def test_random_frames_end_connections_at_worst(stream: KafkaProcess) -> None:
    """Random bodies under every API's header: an answer or a closed connection, never a crash."""
    chance = random.Random(3)  # noqa: S311 - garbage, no secret
    for api in HANDLERS.values():
        for version in (api.versions[0], api.versions[-1]):
            with Wire(stream.port) as wire:
                wire.send(frame(header(api.key, version) + chance.randbytes(chance.randrange(200))))
                wire.send(frame(b"no header"))
                while wire.receive() is not None:
                    pass
    lives(stream)


def test_requests_cut_anywhere_end_connections_at_worst(stream: KafkaProcess, topic: str) -> None:
    """A valid request that ends too early, after any byte, harms nobody but its sender."""
    for name in ("Produce", "JoinGroup", "CreateTopics", "Fetch"):
        api = BY_NAME[name]
        version = api.versions[-1]
        known = api.request._struct.fields
        asked = ASKED[name](topic, uuid.UUID(int=1))
        fields = {key: each for key, each in asked.items() if known[key].for_version_q(version)}
        sent = api.request(version=version, **fields)
        sent.with_header(correlation_id=1, client_id="c")
        whole = bytes(sent.encode(header=True))
        for size in range(10, len(whole)):
            with Wire(stream.port) as wire:
                wire.send(frame(whole[:size]))
                wire.send(frame(b"no header"))
                while wire.receive() is not None:
                    pass
    lives(stream)


def test_a_frame_may_come_byte_by_byte(wire: Wire) -> None:
    """However the bytes are cut, the request is whole at the end; two may come at once."""
    sent = frame(header(18, 0))
    for position in range(len(sent)):
        wire.send(sent[position : position + 1])
    assert wire.answer("ApiVersions", 0).error_code == Code.NONE
    wire.send(sent + sent)
    for _ in range(2):
        assert wire.answer("ApiVersions", 0).error_code == Code.NONE


def test_an_api_versions_too_new_is_told_what_there_is(wire: Wire) -> None:
    """KIP-511: error 35 in version 0, with the versions, and the connection goes on."""
    wire.send(frame(header(18, 99) + b"whatever"))
    answer = wire.answer("ApiVersions", 0)
    assert answer.error_code == Code.UNSUPPORTED_VERSION
    assert (18, 0, 4) in {
        (each.api_key, each.min_version, each.max_version) for each in answer.api_keys
    }
    assert wire.ask("ApiVersions", 4).error_code == Code.NONE


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: None, Code.CORRUPT_MESSAGE),
        (lambda data: b"", Code.CORRUPT_MESSAGE),
        (lambda data: data[:-1], Code.INVALID_RECORD),
        (lambda data: data[:-1] + b"?", Code.CORRUPT_MESSAGE),
        (lambda data: data[:16] + b"\x01" + data[17:], Code.UNSUPPORTED_FOR_MESSAGE_FORMAT),
        (lambda data: data + data, Code.INVALID_RECORD),
        (lambda data: bytes(make_batch(b"x" * 2_000)), Code.MESSAGE_TOO_LARGE),
    ],
    ids=["null", "empty", "cut", "damaged", "old", "twice", "too large"],
)
def test_batches_that_are_none_are_refused(
    wire: Wire, topic: str, spoil: Callable[[bytes], bytes | None], code: Code
) -> None:
    """Each kind of bad batch has its error, and nothing of it is written."""
    create(wire, topic, **{"max.message.bytes": "1000"})
    assert produce(wire, topic, spoil(bytes(make_batch(b"value")))).error_code == code
    assert produce(wire, topic, bytes(make_batch(b"value"))).base_offset == 0


def test_an_unacknowledged_error_ends_the_connection(wire: Wire, topic: str) -> None:
    """With acks=0 there is no answer to put an error in: Kafka hangs up, and so does this."""
    create(wire, topic)
    assert produce(wire, topic, b"garbage", acks=0) is None


def test_places_that_are_not_there(wire: Wire, topic: str) -> None:
    """Unknown topics and partitions, and acks that Kafka does not know, are errors."""
    good = bytes(make_batch(b"x"))
    assert produce(wire, topic, good).error_code == Code.UNKNOWN_TOPIC_OR_PARTITION
    create(wire, topic)
    assert produce(wire, topic, good, index=1).error_code == Code.UNKNOWN_TOPIC_OR_PARTITION
    assert produce(wire, topic, good, index=-1).error_code == Code.UNKNOWN_TOPIC_OR_PARTITION
    assert produce(wire, topic, good, acks=2).error_code == Code.INVALID_REQUIRED_ACKS


@pytest.mark.parametrize(("offset", "session"), [(-5, 0), (7, 0), (0, 9)])
def test_fetches_that_cannot_be(wire: Wire, topic: str, offset: int, session: int) -> None:
    """Offsets out of range and fetch sessions are answered at once, with Kafka's errors."""
    create(wire, topic)
    topics = BY_NAME["Fetch"].request.FetchTopic
    partition = topics.FetchPartition(
        partition=0, fetch_offset=offset, partition_max_bytes=1000, current_leader_epoch=-1
    )
    answer = wire.ask(
        "Fetch",
        11,
        max_wait_ms=60_000,
        min_bytes=1,
        max_bytes=1000,
        session_id=session,
        session_epoch=1 if session else -1,
        topics=[topics(topic=topic, partitions=[partition])],
    )
    if session:
        assert answer.error_code == Code.FETCH_SESSION_ID_NOT_FOUND
    else:
        assert answer.responses[0].partitions[0].error_code == Code.OFFSET_OUT_OF_RANGE
