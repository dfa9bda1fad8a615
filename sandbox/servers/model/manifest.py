"""A model's manifest: what is said of `model.onnx`, and whether it can be true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

WHERE = "manifest.json"


class RefusedVersion(Exception):  # noqa: N818 - a reason to show, as Refusal is
    """A version will not be served; the text is the reason, for people."""


class Manifest(msgspec.Struct, frozen=True):
    """What is read of a manifest; it may say more.

    `features` are in the order in which the model takes them; each has a `name`, and usually
    `dtype` and `unit`. `input` and `output` name the model's tensors, where they are given.
    """

    name: str
    version: str | int
    sha256: str
    features: list[dict[str, Any]]
    input: Any = None
    output: Any = None

    @property
    def feature_names(self) -> list[str]:
        """Give the names of the features, in order."""
        return [str(feature.get("name")) for feature in self.features]


def read_manifest(text: bytes) -> Manifest:
    """Read a manifest; raises RefusedVersion where it is none."""
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise RefusedVersion(f"{WHERE}: {error}") from error
    for position, feature in enumerate(manifest.features):
        if not isinstance(feature.get("name"), str):
            raise RefusedVersion(f"{WHERE}: features[{position}] has no name")
    return manifest


def check_path(manifest: Manifest, name: str, version: str) -> None:
    """Raise RefusedVersion unless the manifest speaks of the model that it lies beside."""
    said = (manifest.name, str(manifest.version))
    if said != (name, version):
        raise RefusedVersion(
            f"{WHERE} speaks of {said[0]!r} version {said[1]!r}, and lies at {name}/{version}"
        )


def check_sha256(manifest: Manifest, found: str) -> None:
    """Raise RefusedVersion unless `model.onnx` is the file that the manifest was written for."""
    if manifest.sha256.lower() != found:
        raise RefusedVersion(
            f"model.onnx has sha256 {found[:16]}…, {WHERE} says {manifest.sha256[:16]}…:"
            " put the model again, with the manifest that belongs to it"
        )


def check_tensors(manifest: Manifest, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Raise RefusedVersion where the manifest names a tensor that the model does not have."""
    for key, said, there in (
        ("input", manifest.input, inputs),
        ("output", manifest.output, outputs),
    ):
        if isinstance(said, str) and said not in there:
            raise RefusedVersion(
                f"{WHERE} says {key} {said!r}, model.onnx has {', '.join(map(repr, there))}"
            )


def check_width(manifest: Manifest, width: int) -> None:
    """Raise RefusedVersion unless the model takes as many numbers as there are features."""
    if width != len(manifest.features):
        raise RefusedVersion(
            f"model.onnx takes {width} numbers a row, {WHERE} lists {len(manifest.features)}"
            f" features ({', '.join(manifest.feature_names)})"
        )
