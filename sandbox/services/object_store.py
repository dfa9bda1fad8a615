"""The object store: S3; its buckets and what is seeded into them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.errors import EnvironmentFailedError, ServiceFailedError
from sandbox.services.environment import ACCESS_KEY, REGION, SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.config.definition import Bucket
    from sandbox.endpoint import Endpoint

NAME = "object_store"
UPLOADS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks an object store."""

    access_key: str
    secret_key: str
    session_token: str | None = None
    region: str = REGION


OURS = Account(ACCESS_KEY, SECRET_KEY)


def account_of_environment() -> Account:
    """Give the account that the environment names; raises EnvironmentFailedError where it has none."""
    keys = [os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    if not all(keys):
        raise EnvironmentFailedError(
            "there is no account for the external object store",
            hint=(
                "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; of a profile:"
                ' eval "$(aws configure export-credentials --format env)"'
            ),
        )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
    return Account(str(keys[0]), str(keys[1]), os.environ.get("AWS_SESSION_TOKEN"), region)


@dataclass(frozen=True, slots=True)
class ObjectStoreClient:
    """Buckets and objects, through the minio client; `only` these buckets, where others' are there."""

    endpoint: Endpoint
    account: Account = OURS
    only: frozenset[str] | None = None

    def minio(self) -> Any:
        """Give a minio client for this store."""
        from minio import Minio  # noqa: PLC0415 - 130 ms, and not every command needs it

        return Minio(
            self.endpoint.address,
            access_key=self.account.access_key,
            secret_key=self.account.secret_key,
            session_token=self.account.session_token,
            region=self.account.region,
            secure=self.endpoint.secure,
        )

    def buckets(self) -> list[str]:
        """List the buckets that are this sandbox's."""
        found = [bucket.name for bucket in self.minio().list_buckets()]
        return [name for name in found if self.only is None or name in self.only]

    def apply(self, buckets: dict[str, Bucket]) -> None:
        """Make the buckets that are missing, and set what they declare.

        Also after every start: a store that was killed may have forgotten a bucket's settings.
        """
        from minio.versioningconfig import VersioningConfig  # noqa: PLC0415 - as above

        client = self.minio()
        for name, bucket in buckets.items():
            if not client.bucket_exists(name):
                client.make_bucket(name)
            if bucket.versioning:
                client.set_bucket_versioning(name, VersioningConfig("Enabled"))

    def seed(self, buckets: dict[str, Bucket], base: Path) -> None:
        """Put every file of each bucket's seed folder (relative to `base`), several at once."""
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
            for name, bucket in buckets.items():
                if bucket.seed is not None:
                    files = seed_files(base / bucket.seed)
                    list(pool.map(lambda each, name=name: self.put_file(name, *each), files))

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        """Put a file's bytes as one object; raises ServiceFailedError."""
        try:
            self.minio().fput_object(bucket, key, str(path))
        except Exception as error:
            raise ServiceFailedError(f"could not put {path} to {bucket}/{key}: {error}") from error

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Put one object."""
        import io  # noqa: PLC0415 - only here

        try:
            self.minio().put_object(bucket, key, io.BytesIO(content), len(content))
        except Exception as error:
            raise ServiceFailedError(f"could not put {bucket}/{key}: {error}") from error


def seed_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give key and path of each file below `folder`, in order; hidden files are left out."""
    for path in sorted(folder.rglob("*")):
        key = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in key.split("/")):
            yield key, path
