"""How each image is made without a registry: what has to lie beside its Dockerfile, and from where.

A recipe fetches with the tools of its language, on this machine, where those reach their registries;
then the engine builds. Each Dockerfile begins with the same Debian.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sandbox.errors import EnvironmentFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACKAGE = Path(__file__).parents[2]
# In what is installed, the folder lies inside the package.
COMPOSE = next(each for each in (PACKAGE / "compose", PACKAGE.parent / "compose") if each.exists())

BASE = "debian:trixie-slim"
# Of Debian trixie.
PYTHON = "3.13"
GLIBC = (2, 41)

# As Go, Docker and PyPI call a processor.
ARCHITECTURES: Mapping[str, str] = {"amd64": "x86_64", "arm64": "aarch64"}

GO = "Go (go.dev/dl), or pull it: sandbox images pull versitygw"

# What of the package goes into the image of our servers.
SERVED = (
    *("__init__.py", "clock.py", "endpoint.py", "errors.py", "serving", "reference"),
    *("servers/__init__.py", "servers/features", "servers/link", "servers/model"),
)


class Recipe(Protocol):
    """Makes what an image is built from."""

    @property
    def folder(self) -> str:
        """The folder in compose/ that has its Dockerfile."""

    def inputs(self) -> str:
        """Give all that the image depends on, beside the files of that folder, as text."""

    def fetch(self, context: Path, architecture: str) -> None:
        """Put beside the Dockerfile what it copies; raises EnvironmentFailedError."""


@dataclass(frozen=True, slots=True)
class MavenRecipe:
    """Jars from Maven's registry, as the folder's pom.xml lists them."""

    folder: str

    def inputs(self) -> str:
        """Depend on nothing more."""
        return ""

    def fetch(self, context: Path, architecture: str) -> None:
        """Copy the jars."""
        del architecture
        _run(
            [
                *("mvn", "-q", "-B", "-f", str(context / "pom.xml")),
                *("dependency:copy-dependencies", "-DincludeScope=runtime"),
                f"-DoutputDirectory={context / 'jars'}",
            ],
            install="Maven (on Debian: apt-get install maven), or pull it: sandbox images pull kafka",
        )


@dataclass(frozen=True, slots=True)
class GoRecipe:
    """A program that Go makes of a module, statically linked."""

    folder: str
    module: str
    version: str

    def inputs(self) -> str:
        """Depend on the module's version."""
        return f"{self.module}@{self.version}"

    def fetch(self, context: Path, architecture: str) -> None:
        """Have it made, for the engine's processor."""
        made = context.parent / f"{context.name}.go"
        _run(
            ["go", "install", "-trimpath", "-ldflags=-s -w", self.inputs()],
            environment={
                "CGO_ENABLED": "0",
                "GOPATH": str(made),
                "GOMODCACHE": _go("GOMODCACHE"),
                "GOOS": "linux",
                "GOARCH": architecture,
            },
            install=GO,
        )
        name = self.module.rpartition("/")[2]
        # One for another processor than this one's lies a folder deeper.
        (found,) = [each for each in (made / "bin").rglob(name) if each.is_file()]
        shutil.copy(found, context / name)


@dataclass(frozen=True, slots=True)
class ServersRecipe:
    """Our own servers as they are installed here, and what they need from PyPI."""

    folder: str

    def inputs(self) -> str:
        """Depend on their sources and on the versions that are installed."""
        return "\n".join([*self._requirements(), sources()])

    def _requirements(self) -> list[str]:
        listed = (COMPOSE / self.folder / "requirements.txt").read_text().splitlines()
        names = [line for line in listed if line and not line.startswith("#")]
        return [f"{name}=={importlib.metadata.version(name)}" for name in names]

    def fetch(self, context: Path, architecture: str) -> None:
        """Install wheels for the image's Python, and copy the sources."""
        processor = ARCHITECTURES[architecture]
        platforms = [f"manylinux_2_{minor}_{processor}" for minor in range(17, GLIBC[1] + 1)]
        chosen = [word for each in platforms for word in ("--platform", each)]
        tag = PYTHON.replace(".", "")
        _run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"),
                *("--target", str(context / "packages"), "--only-binary=:all:"),
                *("--python-version", PYTHON, "--implementation", "cp", "--abi", f"cp{tag}"),
                *("--abi", "abi3", "--abi", "none", *chosen, *self._requirements()),
            ],
            install="pip for the Python that runs sandbox (python -m ensurepip)",
        )
        for each in _served():
            there = context / "sandbox" / each.relative_to(PACKAGE)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(each, there)


def _served() -> Sequence[Path]:
    found = []
    for each in SERVED:
        path = PACKAGE / each
        found += [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sorted(each for each in found if "__pycache__" not in each.parts)


def sources() -> str:
    """Give a hash of the servers' sources: an image of others may speak otherwise."""
    digest = hashlib.sha256()
    for each in _served():
        digest.update(f"{each.relative_to(PACKAGE)}\0".encode())
        digest.update(each.read_bytes())
    return digest.hexdigest()[:16]


# By the keys of [images] in sandbox.toml.
RECIPES: Mapping[str, Recipe] = {
    "kafka": MavenRecipe("kafka"),
    "versitygw": GoRecipe("versitygw", "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"),
    "minio": GoRecipe("minio", "github.com/minio/minio", "v0.0.0-20260212201848-7aac2a2c5b7c"),
    "servers": ServersRecipe("servers"),
}


def fingerprint(recipe: Recipe) -> str:
    """Give a hash of all that goes into an image."""
    digest = hashlib.sha256(f"{BASE}\n{recipe.inputs()}".encode())
    folder = COMPOSE / recipe.folder
    for each in sorted(each for each in folder.rglob("*") if each.is_file()):
        digest.update(f"{each.relative_to(folder)}\0".encode())
        digest.update(each.read_bytes())
    return digest.hexdigest()[:16]


def debootstrap(folder: Path, architecture: str) -> None:
    """Make a minimal Debian trixie in `folder` from Debian's packages; root must run this."""
    if os.geteuid() != 0:
        raise EnvironmentFailedError(
            f"{BASE} is not there, cannot be pulled, and only root can make it from packages",
            hint="run this command once as root, or bring the image: docker load",
        )
    if architecture not in (_architecture(), None):
        raise EnvironmentFailedError(
            f"{BASE} is not there, and cannot be made for the engine's processor ({architecture})",
            hint="bring the image: docker load",
        )
    _run(
        ["debootstrap", "--variant=minbase", "trixie", str(folder)],
        install="debootstrap (on Debian: apt-get install debootstrap)",
    )
    shutil.rmtree(folder / "var/cache/apt/archives", ignore_errors=True)
    (folder / "var/cache/apt/archives/partial").mkdir(parents=True)


def _architecture() -> str:
    machine = platform.machine()
    return next((go for go, name in ARCHITECTURES.items() if machine in (go, name)), machine)


def _go(variable: str) -> str:
    """Ask Go for a setting: the user's cache of modules, say."""
    return _run(["go", "env", variable], install=GO).strip()


def _run(
    command: Sequence[str], *, install: str, environment: Mapping[str, str] | None = None
) -> str:
    """Run a tool; raises EnvironmentFailedError with the end of what it said."""
    try:
        done = subprocess.run(
            command,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    except OSError as error:
        raise EnvironmentFailedError(
            f"cannot run {command[0]}: {error.strerror}", hint=f"install {install}"
        ) from error
    if done.returncode:
        said = "\n".join(f"  | {line}" for line in done.stdout.strip().splitlines()[-8:])
        raise EnvironmentFailedError(
            f"{' '.join(command[:3])} ended with exit code {done.returncode}:\n{said}"
        )
    return done.stdout
