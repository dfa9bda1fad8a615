"""What this room does by hand or by kafka-python's inner parts gives kafka-python's own bytes.

Its protocol package is no stable public interface. It is pinned in pyproject.toml; these tests say
what a newer one would change.
"""

from __future__ import annotations

import hashlib
import tomllib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kafka
import pytest
from asked import ASKED
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.servers.kafka import frame
from sandbox.servers.kafka.handlers import HANDLERS

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Api

ROOT = Path(__file__).resolve().parents[3]
PAIRS = [(api, version) for api in HANDLERS.values() for version in api.versions]
NAMES = [f"{api.name}-{version}" for api, version in PAIRS]
TOPIC_ID = uuid.UUID(int=7)
# sha256 over all requests of `asked` and all answers of `filled`, as kafka-python 3.0.12 has them.
DIGEST = "f702bee8b12e4d524268ee4556ac89fb070a7958af5f74be6aff4bfd8df68611"


def request(api: Api, version: int) -> Any:
    """Give a request with all that its version has of the fields in `asked`."""
    known = api.request._struct.fields
    asked = ASKED[api.name]("topic", TOPIC_ID)
    fields = {name: each for name, each in asked.items() if known[name].for_version_q(version)}
    return api.request(version=version, **fields)


def filled(kind: Any, version: int) -> Any:
    """Give a response with one entry in every list, and the defaults in all other fields.

    Tagged fields are left out, as this server leaves them out.
    """
    message = kind(version=version)
    for name, field in kind._struct.fields.items():
        if field._tag is None and field.is_struct_array() and field.for_version_q(version):
            setattr(message, name, [filled_entry(field, version)])
    return message


def filled_entry(field: Any, version: int) -> Any:
    """Give an entry of a list, its own lists and structs filled likewise."""
    entry = field.data_class()
    for name, inner in field.fields.items():
        if inner._tag is not None:
            continue
        if inner.is_struct_array() and inner.for_version_q(version):
            setattr(entry, name, [filled_entry(inner, version)])
        elif inner.is_struct() and not inner.nullable_for_version_q(version):
            setattr(entry, name, filled_entry(inner, version))
    return entry


@pytest.mark.parametrize(("api", "version"), PAIRS, ids=NAMES)
def test_request_headers_are_read_as_they_are_written(api: Api, version: int) -> None:
    """The header that is read by hand, and the body after it, are what kafka-python sent."""
    sent = request(api, version)
    sent.with_header(correlation_id=77, client_id="ünï")
    data = memoryview(bytes(sent.encode(header=True)))
    read = frame.read_frame(data)
    assert (read.api_key, read.version, read.correlation_id) == (api.key, version, 77)
    assert read.client_id == "ünï"
    again = frame.decode(api, read)
    again.with_header(correlation_id=77, client_id="ünï")
    assert bytes(again.encode(header=True)) == data


@pytest.mark.parametrize(("api", "version"), PAIRS, ids=NAMES)
def test_responses_have_the_same_bytes(api: Api, version: int) -> None:
    """Length, header and body together are the bytes that kafka-python would have written."""
    response = filled(api.response, version)
    ours = frame.encode(response, 77)
    response.with_header(correlation_id=77)
    assert b"".join(ours) == bytes(response.encode(header=True, framed=True))


FETCH_VERSIONS = pytest.mark.parametrize("version", HANDLERS[1].versions)
PRODUCE_VERSIONS = pytest.mark.parametrize("version", HANDLERS[0].versions)
NUMBERS = st.integers(-1, 2**63 - 1)


@FETCH_VERSIONS
@settings(max_examples=25)
@given(data=st.data())
def test_fetch_is_written_as_kafka_python_writes_it(version: int, data: st.DataObject) -> None:
    """Whatever is in an answer, the codec of its own gives the same bytes."""
    kind = HANDLERS[1].response
    partitions = kind.FetchableTopicResponse.PartitionData
    one = st.builds(partitions.AbortedTransaction, producer_id=NUMBERS, first_offset=NUMBERS)
    aborted = st.none() | st.lists(one)
    place = st.builds(
        partitions,
        partition_index=st.integers(0, 99),
        error_code=st.integers(-1, 120),
        high_watermark=NUMBERS,
        last_stable_offset=NUMBERS,
        log_start_offset=NUMBERS,
        aborted_transactions=aborted,
        preferred_read_replica=st.just(-1),
        records=st.none() | st.binary(max_size=300),
    )
    named = {"topic": st.text(max_size=200)} if version < 13 else {"topic_id": st.uuids()}
    topic = st.builds(kind.FetchableTopicResponse, partitions=st.lists(place), **named)
    response = kind(
        version=version,
        error_code=data.draw(st.integers(-1, 120)),
        session_id=data.draw(st.integers(0, 2**31 - 1)),
        responses=data.draw(st.lists(topic, max_size=3)),
    )
    ours = b"".join(frame.encode(response, 77))
    response.with_header(correlation_id=77)
    assert ours == bytes(response.encode(header=True, framed=True))


@PRODUCE_VERSIONS
@settings(max_examples=25)
@given(data=st.data())
def test_produce_is_read_as_kafka_python_reads_it(version: int, data: st.DataObject) -> None:
    """Whatever is in a request, the codec of its own gives the same fields."""
    kind = HANDLERS[0].request
    place = st.builds(
        kind.TopicProduceData.PartitionProduceData,
        index=st.integers(0, 99),
        records=st.none() | st.binary(max_size=300),
    )
    named = {"name": st.text(max_size=200)} if version < 13 else {"topic_id": st.uuids()}
    topic = st.builds(kind.TopicProduceData, partition_data=st.lists(place), **named)
    sent = kind(
        version=version,
        transactional_id=data.draw(st.none() | st.text(max_size=20)),
        acks=data.draw(st.sampled_from([-1, 0, 1])),
        timeout_ms=data.draw(st.integers(0, 2**31 - 1)),
        topic_data=data.draw(st.lists(topic, max_size=3)),
    )
    body = memoryview(bytes(sent.encode()))
    ours = frame.DECODE[0](body, version)
    assert bytes(ours.encode()) == body


def test_tagged_fields_of_a_header_are_skipped() -> None:
    """A flexible header with tags that nobody knows is read past them (KIP-482)."""
    api = HANDLERS[18]
    body = bytes(request(api, 4).encode())
    header = frame.HEADER.pack(18, 4, 5, 1) + b"c"
    tags = b"\x02" + b"\x00\x03abc" + b"\x81\x01\x00"
    read = frame.read_frame(memoryview(header + tags + body))
    assert frame.decode(api, read).client_software_name == "test"


def test_the_version_is_the_pinned_one() -> None:
    """What is installed is what pyproject.toml says, exactly."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"kafka-python=={kafka.__version__}" in project["dependencies"]


def test_no_byte_of_the_codec_changed() -> None:
    """Another kafka-python that encodes anything differently is noticed here."""
    digest = hashlib.sha256()
    for api, version in PAIRS:
        digest.update(request(api, version).encode())
        digest.update(filled(api.response, version).encode())
    assert digest.hexdigest() == DIGEST
