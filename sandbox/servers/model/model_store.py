"""The object store that models are pulled from: `[PREFIX/]<name>/<version>/model.onnx`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.servers.model.refusal import NotFound, NotReady

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODEL, MANIFEST = "model.onnx", "manifest.json"
CONNECT_WITHIN, READ_WITHIN = 2.0, 30.0
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A version in the store, by the ETags of its two files; None for one that is not there."""

    version: str
    model_etag: str | None
    manifest_etag: str | None


@dataclass(frozen=True)
class ModelStore:
    """A bucket and a prefix in the store that `environment` names."""

    bucket: str
    prefix: str
    environment: Mapping[str, str]

    def prepare(self) -> None:
        """Import what asking takes, so that the first load need not."""
        import minio  # noqa: F401, PLC0415 - 130 ms, and not before the server listens

    def versions(self, name: str) -> list[Found]:
        """Give the versions of a model; raises NotFound where there are none, and NotReady."""
        folder = f"{self.prefix}{name}/"
        with self._asking():
            listed = self._client.list_objects(self.bucket, prefix=folder, recursive=True)
            etags = {each.object_name: str(each.etag) for each in listed}
        found = {}
        for key in etags:
            version, _, file = key.removeprefix(folder).partition("/")
            if file in (MODEL, MANIFEST):
                at = f"{folder}{version}/"
                found[version] = Found(version, etags.get(at + MODEL), etags.get(at + MANIFEST))
        if not found:
            raise NotFound(f"there is no model at s3://{self.bucket}/{folder}<version>/{MODEL}")
        return list(found.values())

    def manifest(self, name: str, version: str) -> bytes:
        """Give a version's manifest; raises NotReady."""
        return b"".join(self._read(f"{self.prefix}{name}/{version}/{MANIFEST}"))

    def model(self, name: str, version: str) -> Iterator[bytes]:
        """Give a version's model, block by block; raises NotReady."""
        return self._read(f"{self.prefix}{name}/{version}/{MODEL}")

    def _read(self, key: str) -> Iterator[bytes]:
        with self._asking():
            response = self._client.get_object(self.bucket, key)
            try:
                yield from response.stream(BLOCK)
            finally:
                response.close()
                response.release_conn()

    @cached_property
    def _client(self) -> Any:
        import urllib3  # noqa: PLC0415 - with minio
        from minio import Minio  # noqa: PLC0415 - as above

        url = urlsplit(self._address)
        timeout = urllib3.Timeout(connect=CONNECT_WITHIN, read=READ_WITHIN)
        return Minio(
            url.netloc,
            access_key=self.environment.get("AWS_ACCESS_KEY_ID"),
            secret_key=self.environment.get("AWS_SECRET_ACCESS_KEY"),
            session_token=self.environment.get("AWS_SESSION_TOKEN"),
            region=self._region,
            secure=url.scheme == "https",
            # Whoever asks for a load is told at once, rather than after the client's retries.
            http_client=urllib3.PoolManager(timeout=timeout, retries=False),
        )

    @property
    def _region(self) -> str:
        named = (self.environment.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
        return next((region for region in named if region), "us-east-1")

    @property
    def _address(self) -> str:
        names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
        found = next((self.environment[name] for name in names if self.environment.get(name)), None)
        if found is None:
            raise NotReady("AWS_ENDPOINT_URL is not set: it says where the object store is")
        return found

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Translate the client's errors."""
        from minio.error import MinioException, S3Error  # noqa: PLC0415 - as above
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

        try:
            yield
        except S3Error as error:
            if error.code == "NoSuchBucket":
                raise NotFound(f"the object store has no bucket {self.bucket!r}") from error
            raise NotReady(f"the object store refused: {error.code}: {error.message}") from error
        except (HTTPError, MinioException, OSError, ValueError) as error:
            raise NotReady(
                f"the object store at {self._address} does not answer: {error}"
            ) from error


def parse_address(text: str, environment: Mapping[str, str]) -> ModelStore:
    """Read `s3://BUCKET[/PREFIX]`; raises ValueError."""
    url = urlsplit(text)
    if url.scheme != "s3" or not url.netloc:
        raise ValueError(f"{text!r} is not s3://BUCKET or s3://BUCKET/PREFIX")
    prefix = url.path.strip("/")
    return ModelStore(url.netloc, f"{prefix}/" if prefix else "", environment)
