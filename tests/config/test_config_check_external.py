"""What is wrong in [external] is named with its line and its key, and no password is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project

# What [external] says; the line's words, key and message of the error; and its hint.
WRONG = [
    (
        'name = "staging"\nstream = "me:secret@kafka:9092"\n',
        "stream = ",
        "external.stream",
        "who you are does not belong here: a service is a host and a port",
        None,
    ),
    (
        'name = "staging"\nkafka."security.protocol" = "sasl_ssl"\n',
        "security.protocol",
        'external.kafka."security.protocol"',
        "Kafka has no security.protocol 'sasl_ssl'",
        None,
    ),
    (
        'name = "staging"\nstream = "kafka"\n',
        'stream = "kafka"',
        "external.stream",
        "this is not HOST:PORT",
        "one broker of a cluster will do",
    ),
    (
        'stream = "kafka:9092"\n',
        "[external]",
        "external.name",
        "the target has no name",
        None,
    ),
    (
        'name = "staging"\nmodel_server = "https://models"\n',
        "model_server = ",
        "external.model_server",
        "calls over TLS cannot be seen on their way",
        "forward a port to it (kubectl port-forward, ssh -L), and name that",
    ),
    (
        'name = "staging"\nobject_store = "https://s3/prefix"\n',
        "object_store = ",
        "external.object_store",
        "a service is a host and a port, and this has a path: /prefix",
        None,
    ),
    (
        'name = "staging"\nkafka."sasl.user" = "me"\n',
        "sasl.user",
        'external.kafka."sasl.user"',
        "the stream's client has no setting 'sasl.user'",
        "did you mean 'sasl.username'?",
    ),
]


@pytest.mark.parametrize(
    ("written", "words", "key", "message", "hint"), WRONG, ids=[each[3] for each in WRONG]
)
def test_what_is_wrong_is_named(
    project: Project, written: str, words: str, key: str, message: str, *, hint: str | None
) -> None:
    """Each mistake is shown at its own line and key, in words."""
    external = f"[external]\n{written}[stream]\n"
    project.is_told("[stream]\n", external, words=words, key=key, message=message, hint=hint)


def test_external_needs_a_service(project: Project) -> None:
    """Where services are to be external and none is named, that is said."""
    error = project.complaint('name = "shop"\n', 'name = "shop"\nruntime = "external"\n')
    assert error.message == "no service is external"
