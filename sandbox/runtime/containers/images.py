"""The images at the engine: which are there, and how they get there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sandbox.errors import EngineError, EnvironmentFailedError
from sandbox.runtime.containers.engine import translated
from sandbox.runtime.containers.recipes import (
    BASE,
    COMPOSE,
    RECIPES,
    debootstrap,
    fingerprint,
    sources,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

# What an image was built of, and of which sources our servers in it are.
RECIPE = "sandbox-ml.recipe"
SOURCES = "sandbox-ml.sources"

SERVERS = "servers"
# Names that no public registry has.
OURS = "sandbox-ml/"

State = Literal["ready", "missing", "outdated"]


@dataclass(frozen=True, slots=True)
class Image:
    """An image that a sandbox runs: its key in [images] (or its app), its name, and its state.

    `outdated` says of our servers that they are of another version of sandbox.
    """

    key: str
    name: str
    state: State
    size: int = 0


def look(client: Any, names: Mapping[str, str]) -> list[Image]:
    """Say of each image, by its key, whether the engine has it."""
    with translated("looking for images"):
        return [_look(client, key, name) for key, name in names.items()]


def _look(client: Any, key: str, name: str) -> Image:
    found = _inspect(client, name)
    if found is None:
        return Image(key, name, "missing")
    of = (found["Config"].get("Labels") or {}).get(SOURCES)
    # One without that label is the user's own, who will know.
    outdated = key == SERVERS and of is not None and of != sources()
    return Image(key, name, "outdated" if outdated else "ready", found["Size"])


def _inspect(client: Any, name: str) -> Any | None:
    import docker.errors  # noqa: PLC0415 - connect has imported it

    try:
        return client.api.inspect_image(name)
    except docker.errors.ImageNotFound:
        return None


def pull(client: Any, names: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Pull the images that are missing; raises EngineError naming those that no registry has."""
    refused = []
    for image in look(client, names):
        if image.state == "ready":
            say(f"{image.name} is there")
        elif image.name.startswith(OURS):
            refused.append(image)
        else:
            say(f"pulling {image.name}")
            with translated(f"pulling {image.name}"):
                client.images.pull(image.name)
    if refused:
        raise EngineError(
            f"no registry has {', '.join(each.name for each in refused)}",
            hint=f"build them: sandbox images build {' '.join(each.key for each in refused)}",
        )


def build(client: Any, names: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Build images by their recipes, from packages alone, each under its name, side by side.

    Those that were built of the same already are left, and so are those that were pulled. Raises
    EnvironmentFailedError where a tool is missing or fails.
    """
    missing = {key: name for key, name in names.items() if not _is_built(client, key, name, say)}
    if not missing:
        return
    with (
        tempfile.TemporaryDirectory(
            prefix="sandbox-images-", ignore_cleanup_errors=True
        ) as scratch,
        ThreadPoolExecutor(len(missing) + 1) as pool,
    ):
        building = _Building(client, Path(scratch), client.version()["Arch"], say)
        base = pool.submit(building.ensure_base)
        for work in [pool.submit(building.build, *each, base) for each in missing.items()]:
            work.result()


def _is_built(client: Any, key: str, name: str, say: Callable[[str], None]) -> bool:
    if key not in RECIPES:
        raise EnvironmentFailedError(f"there is no recipe for {name}: it is yours to build")
    found = _inspect(client, name)
    if found is None:
        return False
    labels = found["Config"].get("Labels") or {}
    if RECIPE in labels and labels[RECIPE] != fingerprint(RECIPES[key]):
        return False
    say(f"{name} is there" + ("" if RECIPE in labels else ", and was not built here: it stays"))
    return True


@dataclass(frozen=True, slots=True)
class _Building:
    """Makes images for the engine's processor; what it fetches for them goes to `scratch`."""

    client: Any
    scratch: Path
    architecture: str
    say: Callable[[str], None]

    def build(self, key: str, name: str, base: Future[None]) -> None:
        """Build one image, once the one that it is from is there."""
        began = time.monotonic()
        recipe = RECIPES[key]
        context = self.scratch / key
        shutil.copytree(COMPOSE / recipe.folder, context)
        self.say(f"{name}: fetching what it is built of")
        recipe.fetch(context, self.architecture)
        base.result()
        labels = {RECIPE: fingerprint(recipe)}
        if key == SERVERS:
            labels[SOURCES] = sources()
        before = _inspect(self.client, name)
        with translated(f"building {name}"):
            self._ask_engine(name, context, labels)
        if before is not None:
            self._drop(before["Id"])
        self.say(f"{name}: built in {time.monotonic() - began:.0f} s")

    def _ask_engine(self, name: str, context: Path, labels: Mapping[str, str]) -> None:
        said: list[str] = []
        for line in self.client.api.build(
            path=str(context), tag=name, labels=labels, rm=True, forcerm=True, decode=True
        ):
            said.append(line.get("stream", ""))
            if "error" in line:
                told = "".join(said).strip().splitlines()[-8:]
                quoted = "\n".join(f"  | {each}" for each in told)
                raise EnvironmentFailedError(f"{name}: {line['error']}\n{quoted}")

    def _drop(self, image: str) -> None:
        """Remove what had the name before, unless it has another, or a container is of it."""
        import docker.errors  # noqa: PLC0415 - connect has imported it

        with suppress(docker.errors.APIError):
            if not self.client.api.inspect_image(image)["RepoTags"]:
                self.client.api.remove_image(image)

    def ensure_base(self) -> None:
        """See to it that the engine has the Debian that every Dockerfile begins with."""
        if _inspect(self.client, BASE) is not None:
            return
        try:
            with translated(f"pulling {BASE}"):
                self.client.images.pull(BASE)
        except EngineError:
            self.say(f"{BASE} cannot be pulled: making it from Debian's packages")
            self._make_base()

    def _make_base(self) -> None:
        began = time.monotonic()
        folder = self.scratch / "debian"
        debootstrap(folder, self.architecture)
        repository, _, tag = BASE.partition(":")
        command = ["tar", "-c", "-C", str(folder), "."]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE) as packed,
            translated(f"importing {BASE}"),
        ):
            self.client.api.import_image_from_stream(packed.stdout, repository, tag)
        self.say(f"{BASE}: made in {time.monotonic() - began:.0f} s")
