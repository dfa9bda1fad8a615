"""The object store: S3; its buckets and what is seeded into them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.errors import EnvironmentFailedError, ServiceFailedError
from sandbox.services.ask import shortened
from sandbox.services.environment import ACCESS_KEY, REGION, SECRET_KEY, own_region

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.config.definition import Bucket
    from sandbox.endpoint import Endpoint

NAME = "object_store"
UPLOADS_AT_ONCE = 8
ENABLED = "Enabled"

# How long an external store may take to accept a connection, and to answer, in seconds.
CONNECT_WITHIN, READ_WITHIN = 5, 30

# S3's smallest part, and what we hold in memory for one, in bytes.
SMALLEST_PART, LARGEST_PART = 5 * 2**20, 512 * 2**20

OURS_FAILS = "what it says: sandbox logs object_store"
OTHERS_FAIL = "is that where it listens, and do AWS_ACCESS_KEY_ID and the like fit it?"


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
    token = os.environ.get("AWS_SESSION_TOKEN")
    return Account(str(keys[0]), str(keys[1]), token, own_region())


@dataclass(frozen=True, slots=True)
class ObjectStoreClient:
    """Buckets and objects, through the minio client; `only` these buckets, where others' are there."""

    endpoint: Endpoint
    account: Account = OURS
    only: frozenset[str] | None = None

    def minio(self) -> Any:
        """Give a minio client for this store."""
        from minio import Minio  # noqa: PLC0415 - 130 ms, and not every command needs it

        more = {} if self.only is None else {"http_client": _patient_for_seconds()}
        return Minio(
            self.endpoint.address,
            access_key=self.account.access_key,
            secret_key=self.account.secret_key,
            session_token=self.account.session_token,
            region=self.account.region,
            secure=self.endpoint.secure,
            **more,
        )

    def buckets(self) -> list[str]:
        """List the buckets that are there, and this sandbox's.

        Of a store that is shared with others, each is asked for by name: who may use a bucket may
        not be allowed to list those of others.
        """
        client = self.minio()
        with self.answering():
            if self.only is None:
                return [bucket.name for bucket in client.list_buckets()]
            return [name for name in sorted(self.only) if client.bucket_exists(name)]

    def check_answers(self) -> None:
        """Raise ServiceFailedError, with what it says, unless the store lets us in."""
        with self.answering():
            self._check_speaks_s3()
        self.buckets()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Have what minio and urllib3 raise told as a ServiceFailedError."""
        import urllib3.exceptions  # noqa: PLC0415 - with minio
        from minio.error import MinioException  # noqa: PLC0415 - as above

        try:
            yield
        except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise ServiceFailedError(
                f"the object store at {self.endpoint.url} does not do what it is asked:"
                # minio appends the request and the response.
                f" {shortened(str(error).partition(', resource: ')[0])}",
                hint=OURS_FAILS if self.only is None else OTHERS_FAIL,
            ) from error

    def _check_speaks_s3(self) -> None:
        """List all buckets: any server would say of one that it is not there."""
        from minio.error import S3Error  # noqa: PLC0415 - 130 ms

        try:
            self.minio().list_buckets()
        except S3Error as error:
            # That others' may not be listed is said by a store that knows who we are.
            if error.code != "AccessDenied":
                raise

    def apply(self, buckets: dict[str, Bucket]) -> None:
        """Make the buckets that are missing, and set what they declare.

        Also after every start: a store that was killed may have forgotten a bucket's settings.
        """
        from minio.versioningconfig import VersioningConfig  # noqa: PLC0415 - as above

        client = self.minio()
        for name, bucket in buckets.items():
            if not client.bucket_exists(name):
                client.make_bucket(name)
            if bucket.versioning and client.get_bucket_versioning(name).status != ENABLED:
                client.set_bucket_versioning(name, VersioningConfig(ENABLED))

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
            self.minio().fput_object(bucket, key, str(path), part_size=_part_size(path))
        except Exception as error:
            raise ServiceFailedError(f"could not put {path} to {bucket}/{key}: {error}") from error

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Put one object."""
        import io  # noqa: PLC0415 - only here

        try:
            self.minio().put_object(bucket, key, io.BytesIO(content), len(content))
        except Exception as error:
            raise ServiceFailedError(f"could not put {bucket}/{key}: {error}") from error


def _patient_for_seconds() -> Any:
    """Give minio a client that does not wait for minutes where nobody answers."""
    import urllib3  # noqa: PLC0415 - with minio

    timeout = urllib3.Timeout(connect=CONNECT_WITHIN, read=READ_WITHIN)
    return urllib3.PoolManager(timeout=timeout, retries=urllib3.Retry(1, backoff_factor=0.2))


def _part_size(path: Path) -> int:
    """Let a file go up in one part, as far as that goes: the ETag then is its MD5."""
    return min(max(path.stat().st_size, SMALLEST_PART), LARGEST_PART)


def seed_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give key and path of each file below `folder`, in order; hidden files are left out."""
    for path in sorted(folder.rglob("*")):
        key = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in key.split("/")):
            yield key, path
