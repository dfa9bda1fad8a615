"""Load the versions of a model: from the object store what is new, from the data folder what is not.

All of this runs in a thread, and is what first imports onnxruntime.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.servers.model.data_folder import KeptVersion
from sandbox.servers.model.manifest import (
    RefusedVersion,
    check_path,
    check_sha256,
    read_manifest,
)
from sandbox.servers.model.model_store import MANIFEST, MODEL, Found
from sandbox.servers.model.version import Version, open_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.servers.model.data_folder import DataFolder
    from sandbox.servers.model.model_store import ModelStore


@dataclass(slots=True)
class Outcome:
    """The versions to serve, and why others are not, each by its number."""

    versions: dict[str, Version] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def restore(folder: DataFolder, name: str, kept: Iterable[KeptVersion]) -> Outcome:
    """Open the versions that were loaded last."""
    outcome = Outcome()
    for each in kept:
        try:
            model = folder.check(each.sha256)
            outcome.versions[each.version] = open_version(name, each, model)
        except RefusedVersion as error:
            outcome.refused[each.version] = str(error)
    return outcome


def pull(
    store: ModelStore, folder: DataFolder, name: str, current: Mapping[str, Version]
) -> Outcome:
    """Load what the store has, as far as it differs from `current`.

    A version whose new files are refused stays as it was. Raises NotFound and NotReady.
    """
    outcome = Outcome()
    for found in store.versions(name):
        served = current.get(found.version)
        if served is not None and _is_same(served.kept, found):
            outcome.versions[found.version] = served
            continue
        try:
            outcome.versions[found.version] = _fetch(store, folder, name, found)
        except RefusedVersion as error:
            outcome.refused[found.version] = str(error)
            if served is not None:
                outcome.versions[found.version] = served
    return outcome


def _is_same(kept: KeptVersion, found: Found) -> bool:
    return (kept.model_etag, kept.manifest_etag) == (found.model_etag, found.manifest_etag)


def _fetch(store: ModelStore, folder: DataFolder, name: str, found: Found) -> Version:
    version = found.version
    if not version.isdecimal() or version != str(int(version)):
        raise RefusedVersion(f"{name}/{version}: a version is a whole number, such as 1")
    if found.manifest_etag is None or found.model_etag is None:
        missing = MANIFEST if found.manifest_etag is None else MODEL
        raise RefusedVersion(f"{missing} is missing from {name}/{version}")
    manifest = read_manifest(store.manifest(name, version))
    check_path(manifest, name, version)
    sha256 = folder.keep(store.model(name, version))
    check_sha256(manifest, sha256)
    kept = KeptVersion(version, found.model_etag, found.manifest_etag, sha256, manifest)
    return open_version(name, kept, folder.model(sha256))
