"""What the server keeps on disk: the models' files by their sha256, and which of them are loaded.

`kill -9` at any moment leaves either the former state or the next: files are written beside and
renamed, and the state names only files that are whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from typing import TYPE_CHECKING

import msgspec

from sandbox.servers.model.manifest import Manifest, RefusedVersion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BLOCK = 1 << 20


class KeptVersion(msgspec.Struct, frozen=True):
    """A version that was loaded, by what it was in the object store."""

    version: str
    model_etag: str
    manifest_etag: str
    sha256: str
    manifest: Manifest


class State(msgspec.Struct):
    """The versions that are loaded, by model; and the models that were unloaded."""

    models: dict[str, list[KeptVersion]] = {}
    unloaded: list[str] = []


class DataFolder:
    """A folder that belongs to one server."""

    def __init__(self, path: Path) -> None:
        """Make the folder where it is missing; raises OSError where another server has it."""
        self._models = path / "models"
        self._models.mkdir(parents=True, exist_ok=True)
        self._state = path / "state.json"
        self._lock = os.open(path / "lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(f"another model server uses the folder {path}") from error

    def read(self) -> State:
        """Give what was loaded last; nothing where that cannot be read."""
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=State)
        except (FileNotFoundError, msgspec.DecodeError):
            return State()

    def write(self, state: State) -> None:
        """Keep what is loaded now, and remove the files that it does not need."""
        beside = self._state.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(state))
        beside.replace(self._state)
        needed = {each.sha256 for versions in state.models.values() for each in versions}
        for file in self._models.iterdir():
            if file.name.partition(".")[0] not in needed:
                file.unlink(missing_ok=True)

    def model(self, sha256: str) -> Path:
        """Give the place of a model's file."""
        return self._models / f"{sha256}.onnx"

    def keep(self, blocks: Iterable[bytes]) -> str:
        """Write a model's file and give its sha256."""
        beside = self._models / f"{secrets.token_hex(8)}.new"
        digest = hashlib.sha256()
        with beside.open("wb") as file:
            for block in blocks:
                digest.update(block)
                file.write(block)
        found = digest.hexdigest()
        beside.replace(self.model(found))
        return found

    def check(self, sha256: str) -> Path:
        """Give the place of a model's file once it is sure to be whole; raises RefusedVersion."""
        file = self.model(sha256)
        digest = hashlib.sha256()
        try:
            with file.open("rb") as opened:
                while block := opened.read(BLOCK):
                    digest.update(block)
        except FileNotFoundError as error:
            raise RefusedVersion(f"its file {file} is gone") from error
        if digest.hexdigest() != sha256:
            raise RefusedVersion(f"its file {file} was changed")
        return file
