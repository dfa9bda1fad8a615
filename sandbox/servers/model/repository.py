"""Which models are served, which are not and why. Changes run one after the other, in a thread.

A change is swapped in whole: requests in flight finish on the version that they began with.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sandbox.errors import nearest
from sandbox.servers.model.data_folder import DataFolder, State
from sandbox.servers.model.refusal import BadRequest, NotFound, NotReady, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.servers.model.load import Outcome
    from sandbox.servers.model.model_store import ModelStore
    from sandbox.servers.model.version import Version

NOT_YET = "is not loaded yet"
UNLOADED = "was unloaded"

# How long until a declared model that could not be loaded is looked for again.
TRY_AGAIN = 2.0

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Model:
    """The versions of a model that are served, newest last; and why others are not."""

    versions: Mapping[str, Version] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    newest: Version | None = None
    missing: str = NOT_YET


class Repository:
    """The models of one server."""

    def __init__(self, store: ModelStore, folder: DataFolder, declared: Sequence[str]) -> None:
        """Know what is declared; nothing is loaded before `start`."""
        self._store = store
        self._folder = folder
        self._declared = tuple(dict.fromkeys(declared))
        self._thread = ThreadPoolExecutor(1, "loader")
        self._changing = asyncio.Lock()
        self._unloaded: set[str] = set()
        self.models: dict[str, Model] = {name: Model() for name in self._declared}

    async def start(self) -> None:
        """Load what was loaded last, then what is declared besides: again until it is there."""
        async with self._changing:
            state: State = await self._in_thread(self._folder.read)
            self._unloaded = set(state.unloaded)
            for name in self._unloaded:
                self.models[name] = Model(missing=UNLOADED)
            for name, kept in state.models.items():
                self._take(name, await self._in_thread(_restore, self._folder, name, kept))
            await self._in_thread(self._store.prepare)
        while missing := [name for name in self._declared if self._is_awaited(name)]:
            for name in missing:
                await self._try_to_load(name)
            await asyncio.sleep(TRY_AGAIN)

    def close(self) -> None:
        """Let a change that is under way finish."""
        self._thread.shutdown(cancel_futures=True)

    def version(self, name: str, version: str | None) -> Version:
        """Give a version that is served, the newest unless said; raises NotFound and NotReady."""
        model = self.models.get(name)
        if model is None:
            raise NotFound(f"there is no model {name!r}: {nearest(name, self.models)}")
        if model.newest is None:
            if model.missing == UNLOADED:
                raise NotFound(f"model {name!r} {UNLOADED}")
            raise NotReady(f"model {name!r} {_why(model)}")
        if version is None:
            return model.newest
        found = model.versions.get(version)
        if found is None:
            reason = model.refused.get(version) or nearest(version, model.versions)
            raise NotFound(f"model {name!r} has no version {version!r}: {reason}")
        return found

    async def load(self, name: str) -> Model:
        """Serve what the object store has of a model.

        Raises NotFound and NotReady, and BadRequest where a version is refused: the versions that
        are good are served all the same.
        """
        async with self._changing:
            current = self.models.get(name, Model()).versions
            outcome = await self._pull(name, current)
            if outcome.versions:
                self._unloaded.discard(name)
            self._take(name, outcome)
            await self._keep()
        model = self.models[name]
        if model.refused:
            raise BadRequest(f"model {name!r} {_why(model)}")
        return model

    async def unload(self, name: str) -> None:
        """Serve a model no longer; raises NotFound."""
        if name not in self.models:
            raise NotFound(f"there is no model {name!r}: {nearest(name, self.models)}")
        async with self._changing:
            self._unloaded.add(name)
            self.models[name] = Model(missing=UNLOADED)
            await self._keep()

    def is_ready(self) -> bool:
        """Tell whether each model that is declared is served."""
        return all(self.models[name].newest for name in self._declared)

    def reasons(self) -> list[str]:
        """Say what is not as it was declared, or not as it lies in the object store."""
        return [
            f"model {name!r} {_why(model)}"
            for name, model in self.models.items()
            if model.refused or (model.newest is None and name in self._declared)
        ]

    def _is_awaited(self, name: str) -> bool:
        return self.models[name].newest is None and name not in self._unloaded

    async def _try_to_load(self, name: str) -> None:
        with suppress(Refusal):  # it was noted
            await self.load(name)

    async def _pull(self, name: str, current: Mapping[str, Version]) -> Outcome:
        """Load from the object store; a declared model that is not served shows why not."""
        try:
            return await self._in_thread(_pull, self._store, self._folder, name, current)
        except Refusal as refusal:
            if name in self._declared and self._is_awaited(name):
                self.models[name] = Model(missing=f"{NOT_YET}: {refusal.error}")
            raise

    def _take(self, name: str, outcome: Outcome) -> None:
        """Serve what was loaded; where nothing was, what is served stays."""
        before = self.models.get(name, Model())
        versions = outcome.versions or before.versions
        ordered = {key: versions[key] for key in sorted(versions, key=int)}
        newest = next(reversed(ordered.values()), None)
        self.models[name] = Model(ordered, outcome.refused, newest)

    async def _keep(self) -> None:
        models = {
            name: [each.kept for each in model.versions.values()]
            for name, model in self.models.items()
            if model.versions
        }
        state = State(models, sorted(self._unloaded))
        await self._in_thread(self._folder.write, state)

    async def _in_thread(self, work: Callable[..., Given], *inputs: object) -> Given:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, partial(work, *inputs))


def _why(model: Model) -> str:
    refused = "; ".join(f"version {key}: {reason}" for key, reason in model.refused.items())
    if model.newest is None and not refused:
        return model.missing
    return f"has versions that are refused: {refused}"


def _restore(*inputs: object) -> Outcome:
    from sandbox.servers.model import load  # noqa: PLC0415 - imports onnxruntime, in its thread

    return load.restore(*inputs)  # type: ignore[arg-type]


def _pull(*inputs: object) -> Outcome:
    from sandbox.servers.model import load  # noqa: PLC0415 - as above

    return load.pull(*inputs)  # type: ignore[arg-type]
