"""List every version of every object in a bucket (S3's ListObjectVersions).

minio-py lists them too, and cannot read the times of delete markers as VersityGW writes them, with
nine digits after the point: here nobody needs the times.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from sandbox.errors import ServiceFailedError
from sandbox.services.ask import ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.services.object_store import ObjectStoreClient

S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"
EMPTY = hashlib.sha256(b"").hexdigest()
WHO = "the object store"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object; `etag` is bare, and empty for a delete marker."""

    object_name: str
    version_id: str
    etag: str
    is_delete_marker: bool


def list_versions(store: ObjectStoreClient, bucket: str) -> Iterator[Version]:
    """Give each version once, keys in order; raises ServiceFailedError."""
    seen: set[tuple[str, str]] = set()
    after: dict[str, str] = {}
    while True:
        page = _page(store, bucket, after)
        for each in page:
            if each.tag in (f"{S3}Version", f"{S3}DeleteMarker"):
                version = _version(each)
                # VersityGW repeats some at the beginning of a page.
                if (version.object_name, version.version_id) not in seen:
                    seen.add((version.object_name, version.version_id))
                    yield version
        if _text(page, "IsTruncated") != "true":
            return
        after = {
            "key-marker": _text(page, "NextKeyMarker"),
            "version-id-marker": _text(page, "NextVersionIdMarker"),
        }


def _version(element: ET.Element) -> Version:
    return Version(
        object_name=_text(element, "Key"),
        version_id=_text(element, "VersionId"),
        etag=_text(element, "ETag").strip('"'),
        is_delete_marker=element.tag == f"{S3}DeleteMarker",
    )


def _text(element: ET.Element, name: str) -> str:
    return element.findtext(f"{S3}{name}") or ""


def _page(store: ObjectStoreClient, bucket: str, after: Mapping[str, str]) -> ET.Element:
    query = urlencode(sorted({"versions": "", **after}.items()))
    path = f"/{bucket}?{query}"
    answer = ask(store.endpoint, "GET", path, headers=_signed(store, path), who=WHO)
    try:
        # What a store of ours says; the standard library's parser fetches nothing.
        return ET.fromstring(answer)  # noqa: S314
    except ET.ParseError as error:
        raise ServiceFailedError(
            f"{WHO} answered with something that is no XML: {answer[:100]!r}"
        ) from error


def _signed(store: ObjectStoreClient, path: str) -> Mapping[str, str]:
    """Give the headers that a request without a body is signed with (Signature Version 4)."""
    from minio.credentials.credentials import Credentials  # noqa: PLC0415 - 130 ms
    from minio.signer import sign_v4_s3  # noqa: PLC0415 - as above

    endpoint, account = store.endpoint, store.account
    token = account.session_token
    now = datetime.now(UTC)
    signed = sign_v4_s3(
        method="GET",
        url=urlsplit(f"{endpoint.url}{path}"),
        region=account.region,
        headers={
            "Host": endpoint.address,
            "x-amz-content-sha256": EMPTY,
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
            **({"x-amz-security-token": token} if token else {}),
        },
        credentials=Credentials(account.access_key, account.secret_key, token),
        content_sha256=EMPTY,
        date=now,
    )
    return {name: str(value) for name, value in signed.items()}
