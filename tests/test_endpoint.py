"""An endpoint is written as clients want it, and knows whether somebody listens there."""

from __future__ import annotations

import socket

import pytest

from sandbox.endpoint import LOOPBACK, Endpoint, is_listening, read_address, read_url


def test_an_endpoint_is_written_as_address_and_as_url() -> None:
    """Kafka wants host:port, HTTP clients a URL without a slash at the end."""
    endpoint = Endpoint(LOOPBACK, 9092)
    assert endpoint.address == "127.0.0.1:9092"
    assert endpoint.url == "http://127.0.0.1:9092"


def test_a_bound_port_listens_until_it_is_closed() -> None:
    """A socket that accepts is seen, and one that was closed is not."""
    with socket.create_server((LOOPBACK, 0)) as server:
        endpoint = Endpoint(LOOPBACK, server.getsockname()[1])
        assert is_listening(endpoint)
    assert not is_listening(endpoint)


def test_a_port_that_is_bound_but_does_not_listen_is_not_ready() -> None:
    """Holding a port is not the same as answering on it."""
    with socket.socket() as held:
        held.bind((LOOPBACK, 0))
        assert not is_listening(Endpoint(LOOPBACK, held.getsockname()[1]))


def test_addresses_and_urls_are_read() -> None:
    """A port may be the scheme's own, and an IPv6 address keeps its brackets."""
    assert read_address("kafka.staging:9092") == Endpoint("kafka.staging", 9092)
    assert read_address("[::1]:9092").address == "[::1]:9092"
    assert read_url("http://s3.staging") == Endpoint("s3.staging", 80)
    assert read_url("https://s3.staging/") == Endpoint("s3.staging", 443, secure=True)
    assert read_url("https://[::1]:9000").url == "https://[::1]:9000"


@pytest.mark.parametrize(
    "written", ["kafka", "kafka:0", "kafka:99999", "a:1,b:2", "two words:1", "a..b:1", ":9092"]
)
def test_what_is_no_address_is_refused(written: str) -> None:
    """Neither a list of brokers nor a name that cannot be is taken for one."""
    with pytest.raises(ValueError, match="HOST:PORT"):
        read_address(written)


@pytest.mark.parametrize("written", ["http://me:secret@s3", "ftp://s3", "s3", "http://s3/x?y"])
def test_what_is_no_url_is_refused_and_no_password_repeated(written: str) -> None:
    """Who asks does not belong into an address, and is not printed."""
    with pytest.raises(ValueError, match=r".+") as refused:
        read_url(written)
    assert "secret" not in str(refused.value)
