"""The programs that may serve the object store, and the images that a sandbox needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from sandbox.config.definition import App, Config, Images, ObjectStore, ObjectStoreServer
from sandbox.errors import ConfigError
from sandbox.services import images, object_stores

if TYPE_CHECKING:
    from sandbox.runtime.folder import StateFolder

IMAGES = Images()


def config(**more: object) -> Config:
    """Give a config that says nothing else."""
    return Config(path=Path("sandbox.toml"), **more)


def test_what_may_be_written_is_what_there_is() -> None:
    """sandbox.toml may name each server that there is, and `auto`."""
    assert set(get_args(ObjectStoreServer)) == {"auto", *object_stores.SERVERS}


def test_ministack_runs_in_no_container() -> None:
    """Who asks for it there is told so, with the key."""
    with pytest.raises(ConfigError, match=r"object_store\.server: ministack does not run in"):
        object_stores.container(config(object_store=ObjectStore(server="ministack")), 1)


@pytest.mark.parametrize("server", ["versitygw", "minio"])
def test_a_server_that_is_not_installed(
    folder: StateFolder, monkeypatch: pytest.MonkeyPatch, server: ObjectStoreServer
) -> None:
    """As a process, a server must be on the PATH; who lacks it is told so, with the key."""
    asked = config(object_store=ObjectStore(server=server))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match=f"there is no {server} on the PATH"):
        object_stores.process(asked, folder, 1)
    there = Path(sys.prefix) / "bin"
    monkeypatch.setattr("shutil.which", lambda name: str(there / name))
    assert str(there / server) in object_stores.process(asked, folder, 1).command


def test_a_sandbox_needs_the_images_that_it_runs() -> None:
    """By default those of Kafka, VersityGW and our servers; what apps provide is not needed."""
    assert images.of_services(config()) == {
        "kafka": IMAGES.kafka,
        "versitygw": IMAGES.versitygw,
        "servers": IMAGES.servers,
    }
    minio = config(object_store=ObjectStore(server="minio"))
    assert "minio" in images.of_services(minio)
    own = {"kafka": App(command=("run",), provides="KAFKA_BOOTSTRAP_SERVERS")}
    assert "kafka" not in images.of_services(config(apps=own))
    boxed = {"web": App(image="team/web:1")}
    assert images.of_apps(config(apps=boxed)) == {"web": "team/web:1"}
