"""The object store: S3; its buckets and what is seeded into them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.errors import ServiceFailedError
from sandbox.services.environment import ACCESS_KEY, REGION, SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.config.definition import Bucket
    from sandbox.endpoint import Endpoint

NAME = "object_store"
UPLOADS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class ObjectStoreClient:
    """Buckets and objects, through the minio client."""

    endpoint: Endpoint

    def minio(self) -> Any:
        """Give a minio client for this store."""
        from minio import Minio  # noqa: PLC0415 - 130 ms, and not every command needs it

        return Minio(
            self.endpoint.address,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            region=REGION,
            secure=False,
        )

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
