"""Names that Kafka, S3 or a file system would refuse are refused first."""

from __future__ import annotations

import pytest

from sandbox.config.names import is_bucket, is_name, is_topic, is_variable


@pytest.mark.parametrize("name", ["a", "orders", "orders.dead_letter", "A-1_b.c", "x" * 249])
def test_kafka_allows_these_topics(name: str) -> None:
    """Letters, digits, dot, dash and underscore, up to 249."""
    assert is_topic(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a b", "a/b", "ü", "x" * 250, "a\n", "__consumer_offsets"]
)
def test_kafka_refuses_these_topics(name: str) -> None:
    """Other characters, too many of them, and Kafka's own topics."""
    assert not is_topic(name)


@pytest.mark.parametrize("name", ["abc", "my-bucket.logs", "1a2", "x" * 63])
def test_s3_allows_these_buckets(name: str) -> None:
    """3 to 63 lower-case letters, digits, dots and dashes."""
    assert is_bucket(name)


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "x" * 64,
        "Models",
        "a_b",
        "-ab",
        "ab.",
        "a..b",
        "192.168.5.4",
        "xn--abc",
        "abc-s3alias",
        "abc\n",
    ],
)
def test_s3_refuses_these_buckets(name: str) -> None:
    """Each of S3's rules is held."""
    assert not is_bucket(name)


@pytest.mark.parametrize(("name", "allowed"), [("a.B-1_", True), ("-a", False), ("a/b", False)])
def test_a_name_may_become_a_folder(name: str, *, allowed: bool) -> None:
    """No name leads out of its folder or looks like an option."""
    assert is_name(name) is allowed


@pytest.mark.parametrize(("name", "allowed"), [("A_1", True), ("1A", False), ("A-B", False)])
def test_a_variable_can_be_set_by_a_shell(name: str, *, allowed: bool) -> None:
    """Shells know variables of letters, digits and underscore."""
    assert is_variable(name) is allowed
