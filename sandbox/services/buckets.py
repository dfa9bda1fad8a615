"""Bring buckets back to their seed: put again what differs, remove what was not there."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.errors import ServiceFailedError
from sandbox.services.object_store import (
    ENABLED,
    UPLOADS_AT_ONCE,
    ObjectStoreClient,
    seed_files,
)
from sandbox.services.object_versions import list_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sandbox.config.definition import Bucket

# How S3 calls it when a bucket keeps versions, or did.
KEEPING = (ENABLED, "Suspended")

# The objects of a bucket by key, each with its versions; one where none are kept.
Listing = dict[str, list[Any]]


def restore_buckets(store: ObjectStoreClient, buckets: dict[str, Bucket], base: Path) -> None:
    """Bring every bucket back to its seed; seed folders are relative to `base`.

    Buckets that are not declared are removed whole. Objects that still are as they were seeded are
    left alone. In a store that is not the sandbox's own no bucket is removed, and versions that a
    bucket keeps stay.
    """
    is_ours = store.only is None
    with store.answering():
        if is_ours:
            _remove_others(store, buckets)
        store.apply(buckets)
        for name, bucket in buckets.items():
            seed = dict(seed_files(base / bucket.seed)) if bucket.seed else {}
            _restore(store, name, seed, versions=bucket.versioning and is_ours)


def _remove_others(store: ObjectStoreClient, buckets: dict[str, Bucket]) -> None:
    client = store.minio()
    for name in store.buckets():
        if not _can_stay(client, name, buckets.get(name)):
            _remove(client, name, _list(store, name, versions=True))
            client.remove_bucket(name)


def put_missing(store: ObjectStoreClient, buckets: dict[str, Bucket], base: Path) -> None:
    """Make the buckets that are missing, and put of their seed what is not there as it is."""
    with store.answering():
        store.apply(buckets)
        for name, bucket in buckets.items():
            for key, path in _look(store, name, bucket, base).missing:
                store.put_file(name, key, path)


def in_the_way(store: ObjectStoreClient, buckets: dict[str, Bucket], base: Path) -> list[str]:
    """List the buckets of others that seeding would change.

    A bucket that holds nothing, or nothing but objects of its seed, is nobody else's.
    """
    found = []
    with store.answering():
        for name in store.buckets():
            bucket = buckets[name]
            lacks_versions = bucket.versioning and not _keeps_versions(store, name)
            seen = _look(store, name, bucket, base)
            if lacks_versions or (seen.others and seen.missing):
                found.append(name)
    return found


@dataclass(frozen=True, slots=True)
class Look:
    """What of a bucket's seed is not there as it is, and whether something else is there."""

    missing: list[tuple[str, Path]]
    others: bool


def _look(store: ObjectStoreClient, name: str, bucket: Bucket, base: Path) -> Look:
    if bucket.seed is None:
        return Look([], others=False)
    listing = _list(store, name, versions=False)
    seed = dict(seed_files(base / bucket.seed))
    same = {key for key, each in listing.items() if _is_seeded(each, seed.get(key))}
    missing = [(key, path) for key, path in seed.items() if key not in same]
    return Look(missing, others=len(same) < len(listing))


def _keeps_versions(store: ObjectStoreClient, name: str) -> bool:
    return bool(store.minio().get_bucket_versioning(name).status == ENABLED)


def _can_stay(client: Any, name: str, declared: Bucket | None) -> bool:
    """Tell whether a bucket is declared; one that began to keep versions cannot be as it was."""
    if declared is None:
        return False
    return declared.versioning or client.get_bucket_versioning(name).status not in KEEPING


def _restore(
    store: ObjectStoreClient, bucket: str, seed: Mapping[str, Path], *, versions: bool
) -> None:
    client = store.minio()
    listing = _list(store, bucket, versions=versions)
    same = {key for key, each in listing.items() if _is_seeded(each, seed.get(key))}
    _remove(client, bucket, {key: each for key, each in listing.items() if key not in same})
    missing = [(key, path) for key, path in seed.items() if key not in same]
    if missing:
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
            list(pool.map(lambda each: store.put_file(bucket, *each), missing))


def _list(store: ObjectStoreClient, bucket: str, *, versions: bool) -> Listing:
    listing: Listing = defaultdict(list)
    for each in (
        list_versions(store, bucket)
        if versions
        else store.minio().list_objects(bucket, recursive=True)
    ):
        listing[each.object_name].append(each)
    return listing


def _is_seeded(versions: Sequence[Any], path: Path | None) -> bool:
    """Tell whether an object is what was seeded: one version with the same MD5."""
    if path is None or len(versions) != 1 or versions[0].is_delete_marker:
        return False
    content = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    return bool(versions[0].etag.strip('"') == content)


def _remove(client: Any, bucket: str, listing: Listing) -> None:
    """Remove objects with all of their versions; raises ServiceFailedError."""
    from minio.deleteobjects import DeleteObject  # noqa: PLC0415 - 130 ms

    unwanted: Iterable[Any] = [
        DeleteObject(each.object_name, each.version_id)
        for versions in listing.values()
        for each in versions
    ]
    for refused in client.remove_objects(bucket, unwanted):
        raise ServiceFailedError(f"could not remove {bucket}/{refused.name}: {refused.message}")
