"""An endpoint is written as clients want it, and knows whether somebody listens there."""

from __future__ import annotations

import socket

from sandbox.endpoint import LOOPBACK, Endpoint, is_listening


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
