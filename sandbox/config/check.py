"""What types cannot check in sandbox.toml: ports, names, and what the names refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.config.check_apps import check_apps
from sandbox.config.check_external import check_external
from sandbox.config.check_features import check_features
from sandbox.config.definition import SERVICES, Config
from sandbox.config.names import BUCKET_HINT, TOPIC_HINT, is_bucket, is_topic
from sandbox.document.verify import Verify
from sandbox.errors import ConfigError

if TYPE_CHECKING:
    from sandbox.document import Document, Key

PORTS = range(1, 65536)
S3 = "s3://"


def check(config: Config, document: Document) -> None:
    """Raise ConfigError, with file, line and key, at the first thing that cannot be."""
    verify = Verify(document, ConfigError)
    _check_ports(config, verify)
    _check_stream(config, verify)
    _check_buckets(config, verify)
    _check_models(config, verify)
    check_features(config, verify)
    check_apps(config, verify)
    check_external(config, verify)


def _check_ports(config: Config, verify: Verify) -> None:
    pinned: dict[Key, int | None] = {
        (name, "port"): getattr(config, name).port for name in SERVICES
    }
    pinned |= {("apps", name, "port"): app.port for name, app in config.apps.items()}
    taken: dict[int, str] = {}
    for key, port in pinned.items():
        if port is None:
            continue
        hint = "from 1 to 65535, or leave it out and a free one is taken"
        verify(port in PORTS, key, f"{port} is no port", hint)
        by = taken.setdefault(port, str(verify.document.where(key).key))
        verify(by == verify.document.where(key).key, key, f"{by} pins {port} already")


def _check_stream(config: Config, verify: Verify) -> None:
    for name, topic in config.stream.topics.items():
        key = ("stream", "topics", name)
        verify(is_topic(name), key, f"{name!r} cannot be the name of a topic", TOPIC_HINT)
        verify(topic.partitions >= 1, (*key, "partitions"), "a topic has one partition or more")


def _check_buckets(config: Config, verify: Verify) -> None:
    for name, bucket in config.object_store.buckets.items():
        key = ("object_store", "buckets", name)
        verify(is_bucket(name), key, f"{name!r} cannot be the name of a bucket", BUCKET_HINT)
        if bucket.seed is not None:
            folder = config.folder / bucket.seed
            verify(folder.is_dir(), (*key, "seed"), f"there is no folder {folder}")


def _check_models(config: Config, verify: Verify) -> None:
    """Check where models lie; an unused default may name a bucket that is not declared."""
    server = config.model_server
    key: Key = ("model_server", "repository")
    if not (server.models or verify.document.has(key)):
        return
    verify(
        server.repository.startswith(S3),
        key,
        f"{server.repository!r} is no place in the object store",
        "s3://bucket, or s3://bucket/prefix",
    )
    bucket, _, prefix = server.repository.removeprefix(S3).partition("/")
    verify.known(bucket, config.object_store.buckets, key, "bucket")
    seed = config.object_store.buckets[bucket].seed
    if seed is None:
        return
    folder = config.folder / seed / prefix
    there = [each.name for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    for at, model in enumerate(server.models):
        verify.known(model, there, ("model_server", "models", at), "model", of=str(folder))
