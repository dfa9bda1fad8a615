"""What others allow as a name: file systems, Kafka, S3, environments. Each rule gives its hint."""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
NAME_HINT = "letters, digits, dot, dash and underscore, 63 at most, a letter or digit first"

TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
TOPIC_HINT = "letters, digits, dot, dash and underscore, 249 at most; Kafka keeps some for itself"
KAFKAS_OWN = (".", "..", "__consumer_offsets", "__transaction_state", "__share_group_state")

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
BUCKET_HINT = "3 to 63 lower-case letters, digits, dots and dashes; no two dots, no IP address"
IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
S3S_OWN_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
S3S_OWN_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3")

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
VARIABLE_HINT = "letters, digits and underscore, no digit first"


def is_name(name: str) -> bool:
    """Tell whether a sandbox or an app may be called so: the name becomes a folder or a file."""
    return NAME.fullmatch(name) is not None


def is_topic(name: str) -> bool:
    """Tell whether Kafka allows a user's topic of this name (its class Topic holds the rule)."""
    return TOPIC.fullmatch(name) is not None and name not in KAFKAS_OWN


def is_bucket(name: str) -> bool:
    """Tell whether S3 allows a bucket of this name (Amazon S3 user guide, bucket naming rules)."""
    return (
        BUCKET.fullmatch(name) is not None
        and ".." not in name
        and IP_ADDRESS.fullmatch(name) is None
        and not name.startswith(S3S_OWN_PREFIXES)
        and not name.endswith(S3S_OWN_SUFFIXES)
    )


def is_variable(name: str) -> bool:
    """Tell whether any shell can set an environment variable of this name."""
    return VARIABLE.fullmatch(name) is not None
