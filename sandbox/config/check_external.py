"""What types cannot check in [external]: where services are, and how their clients are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.config.names import NAME_HINT, is_name
from sandbox.endpoint import read_address, read_url

if TYPE_CHECKING:
    from sandbox.config.definition import Config
    from sandbox.document import Key
    from sandbox.document.verify import Verify
    from sandbox.endpoint import Endpoint

# Settings of Kafka's clients by librdkafka's names, and kafka-python's name for each.
KAFKA_SETTINGS = {
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
    "ssl.ca.location": "ssl_cafile",
    "ssl.certificate.location": "ssl_certfile",
    "ssl.key.location": "ssl_keyfile",
    "ssl.key.password": "ssl_password",
}

# What librdkafka takes for these; kafka-python would take any other for PLAINTEXT.
CHOICES = {
    "security.protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "sasl.mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"),
}

# Calls to these are counted by a link before each, which passes HTTP on as it is.
BEHIND_A_LINK = ("feature_server", "model_server")


def endpoint_of(service: str, written: str) -> Endpoint:
    """Read where an external service listens; raises ValueError."""
    return read_address(written) if service == "stream" else read_url(written)


def check_external(config: Config, verify: Verify) -> None:
    """Raise ConfigError at the first thing that cannot be."""
    external = config.external
    if config.runtime == "external":
        hint = "say where services are: [external], and stream, object_store, … in it"
        verify(external.places, ("external",), "no service is external", hint)
    if external.places:
        hint = "what may be changed there is allowed by it (--allow)"
        verify(external.name, ("external", "name"), "the target has no name", hint)
        message = f"{external.name!r} cannot be the name of a target"
        verify(is_name(external.name), ("external", "name"), message, NAME_HINT)
    for service, written in external.places.items():
        _check_place(config, verify, service, written)
    for setting, value in external.kafka.items():
        key: Key = ("external", "kafka", setting)
        verify.known(setting, KAFKA_SETTINGS, key, "setting", of="the stream's client")
        if setting in CHOICES and not value.startswith("$"):
            verify.known(value, CHOICES[setting], key, setting, of="Kafka")


def _check_place(config: Config, verify: Verify, service: str, written: str) -> None:
    key: Key = ("external", service)
    try:
        endpoint = endpoint_of(service, written)
    except ValueError as error:
        hint = "one broker of a cluster will do" if service == "stream" else None
        raise verify.wrong(key, str(error), hint) from error
    if service in BEHIND_A_LINK:
        hint = "forward a port to it (kubectl port-forward, ssh -L), and name that"
        verify(not endpoint.secure, key, "calls over TLS cannot be seen on their way", hint)
    if config.runtime == "external":
        by = config.provided.get(service)
        verify(by is None, key, f"the app {by!r} fills this role already")
