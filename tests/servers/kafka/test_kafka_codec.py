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

from sandbox.servers.kafka import frame
from sandbox.servers.kafka.handlers import HANDLERS

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Api

ROOT = Path(__file__).resolve().parents[3]
PAIRS = [(api, version) for api in HANDLERS.values() for version in api.versions]
NAMES = [f"{api.name}-{version}" for api, version in PAIRS]
TOPIC_ID = uuid.UUID(int=7)
# sha256 over all requests of `asked` and all answers of `filled`, as kafka-python 3.0.12 has them.
DIGEST = "04490e239aba00ae5ba0384f37bbe5a4897b3f45f8260c8535c4595302331f77"


def request(api: Api, version: int) -> Any:
    """Give a request with all that its version has of the fields in `asked`."""
    known = api.request._struct.fields
    asked = ASKED[api.name]("topic", TOPIC_ID)
    fields = {name: each for name, each in asked.items() if known[name].for_version_q(version)}
    return api.request(version=version, **fields)


def filled(kind: Any, version: int) -> Any:
    """Give a response with one entry in every list, and the defaults in all other fields."""
    message = kind(version=version)
    for name, field in kind._struct.fields.items():
        if field.is_struct_array() and field.for_version_q(version):
            setattr(message, name, [filled_entry(field, version)])
    return message


def filled_entry(field: Any, version: int) -> Any:
    """Give an entry of a list, its own lists and structs filled likewise."""
    entry = field.data_class()
    for name, inner in field.fields.items():
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
    assert ours == bytes(response.encode(header=True, framed=True))


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
