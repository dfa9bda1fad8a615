"""A stream that runs already and lets nobody in without a password: Apache Kafka with SASL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox import Session, load_config
from sandbox.clock import wait_until
from sandbox.errors import ConfigError, ServiceFailedError
from sandbox.runtime.spec import ReadyPort
from sandbox.services.stream_client import StreamClient
from sandbox.testing import StreamContainer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.config.definition import Config
    from sandbox.runtime.spec import ContainerSpec

PASSWORD = "open sesame"  # noqa: S105 - of a broker that lives as long as the test
SASL = {
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": (
        "HOST:SASL_PLAINTEXT,NETWORK:PLAINTEXT,CONTROLLER:PLAINTEXT"
    ),
    "KAFKA_SASL_ENABLED_MECHANISMS": "PLAIN",
    "KAFKA_LISTENER_NAME_HOST_PLAIN_SASL_JAAS_CONFIG": (
        f'org.apache.kafka.common.security.plain.PlainLoginModule required user_me="{PASSWORD}";'
    ),
}
OURS = """\
name = "ours"
runtime = "external"
[stream.topics.orders]
[external]
name = "staging"
stream = "{address}"
[external.kafka]
"security.protocol" = "SASL_PLAINTEXT"
"sasl.mechanism" = "PLAIN"
"sasl.username" = "me"
"sasl.password" = "$STAGING_PASSWORD"
"""
SETTINGS = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "PLAIN",
    "sasl_plain_username": "me",
    "sasl_plain_password": PASSWORD,
}


class GuardedStream(StreamContainer):
    """Apache Kafka whose clients must say who they are."""

    def _spec(self, port: int) -> ContainerSpec:
        spec = super()._spec(port)
        return replace(spec, environment={**spec.environment, **SASL}, ready=ReadyPort())


@pytest.fixture
def config(real_engine: object, tmp_path: Path) -> Iterator[Config]:
    """Give a sandbox on a guarded stream."""
    with GuardedStream() as guarded:
        (tmp_path / "sandbox.toml").write_text(OURS.format(address=guarded.bootstrap_servers))
        with StreamClient(guarded.endpoint, settings=SETTINGS) as client:
            wait_until(
                lambda: _answers(client), within=30, waiting_for="the guarded stream to answer"
            )
        yield load_config(tmp_path / "sandbox.toml", environ={})


def _answers(client: StreamClient) -> bool:
    try:
        client.topics()
    except ServiceFailedError:
        return False
    return True


def test_who_knows_the_password_is_let_in(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are written and seen; a wrong password is told, a missing one names its key."""
    with pytest.raises(ConfigError, match=r"external\.kafka\.sasl\.password: .*environment"):
        Session(config).up()
    monkeypatch.setenv("STAGING_PASSWORD", "wrong")
    with pytest.raises(
        ServiceFailedError, match=r"Unable to bootstrap.*\n.*fit it: security\.protocol"
    ):
        Session(config).up()
    monkeypatch.setenv("STAGING_PASSWORD", PASSWORD)
    session = Session(config, allow="staging")
    try:
        session.up()
        session.produce("orders", [{"id": 1}, {"id": 2}])
        assert session.sql("SELECT count(*) FROM stream.orders").rows == ((2,),)
        session.reset()
        assert session.sql("SELECT count(*) FROM stream.orders").rows == ((0,),)
    finally:
        session.down()
