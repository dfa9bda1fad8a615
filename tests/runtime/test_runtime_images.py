"""What images are made of: one place for each version, and one Debian below all."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from sandbox.config.definition import Images
from sandbox.runtime.containers.recipes import BASE, COMPOSE, RECIPES, GoRecipe, fingerprint

ROOT = Path(__file__).parents[2]


def tag(name: str) -> str:
    """Give an image's tag."""
    return name.rpartition(":")[2]


def test_names_say_which_version_is_built() -> None:
    """The tags that sandbox.toml has by default are those of what the recipes build."""
    images = Images()
    pom = (COMPOSE / "kafka/pom.xml").read_text()
    assert f"<kafka.version>{tag(images.kafka)}<" in pom
    assert tag(images.servers) == importlib.metadata.version("sandbox-ml")
    versitygw, minio = RECIPES["versitygw"], RECIPES["minio"]
    assert isinstance(versitygw, GoRecipe)
    assert isinstance(minio, GoRecipe)
    assert versitygw.version == tag(images.versitygw)
    assert tag(images.minio).replace("-", "") in minio.version


@pytest.mark.parametrize("key", RECIPES)
def test_every_image_begins_with_the_same_debian(key: str) -> None:
    """Each Dockerfile is from that image and no other, and runs as somebody who is not root."""
    lines = (COMPOSE / RECIPES[key].folder / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("FROM")] == [f"FROM {BASE}"]
    assert any(line.startswith("USER ") and line != "USER root" for line in lines)


def test_what_servers_need_is_what_the_package_needs() -> None:
    """All that is installed in the servers' image is among the package's own dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = {re.split(r"[<>=\[]", each)[0] for each in project["dependencies"]}
    lines = (COMPOSE / "servers/requirements.txt").read_text().splitlines()
    needed = {line for line in lines if not line.startswith("#")}
    assert needed
    assert needed <= known


def test_fingerprints_tell_images_apart() -> None:
    """Each recipe has a fingerprint of its own, the same whenever it is asked."""
    first = {key: fingerprint(recipe) for key, recipe in RECIPES.items()}
    assert len(set(first.values())) == len(RECIPES)
    assert first == {key: fingerprint(recipe) for key, recipe in RECIPES.items()}
