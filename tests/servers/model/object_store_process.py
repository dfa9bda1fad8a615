"""An object store as a process, started as the sandbox starts its own."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING, Any

from sandbox.clock import wait_until
from sandbox.config.definition import Config
from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.runtime.folder import StateFolder
from sandbox.runtime.ports import ReservedPorts
from sandbox.runtime.readiness import probe
from sandbox.runtime.spec import PORT
from sandbox.services.environment import ACCESS_KEY, REGION, SECRET_KEY
from sandbox.services.object_store import ObjectStoreClient
from sandbox.services.object_stores import ministack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class ObjectStoreProcess:
    """MiniStack on `folder`; started at once."""

    def __init__(self, folder: Path) -> None:
        """Start it and wait until it answers."""
        state = StateFolder(folder)
        state.make()
        with ReservedPorts() as ports:
            self.port = ports.take()
        told = ministack.process(
            Config(path=folder / "sandbox.toml", name="test"), state, self.port
        )
        environment = {
            name: str(self.port) if value == PORT else value
            for name, value in told.environment.items()
        }
        self._log = folder / "ministack.log"
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                told.command, cwd=folder, env=environment, stdout=output, stderr=output
            )
        looking = probe(told.ready, port=self.port, log=self._log, log_from=0, pipe=-1)
        wait_until(looking.look, within=30, waiting_for="MiniStack", last_seen=looking.seen)
        self._client = ObjectStoreClient(Endpoint(LOOPBACK, self.port))

    @property
    def environment(self) -> Mapping[str, str]:
        """Give the variables that a server finds it by."""
        return store_environment(self.port)

    def minio(self) -> Any:
        """Give a client."""
        return self._client.minio()

    def make_bucket(self, bucket: str) -> None:
        """Make a bucket."""
        self.minio().make_bucket(bucket)

    def put(self, bucket: str, files: Mapping[str, bytes]) -> None:
        """Put objects by their keys."""
        client = self.minio()
        for key, content in files.items():
            client.put_object(bucket, key, io.BytesIO(content), len(content))

    def remove(self, bucket: str, *keys: str) -> None:
        """Remove objects."""
        client = self.minio()
        for key in keys:
            client.remove_object(bucket, key)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)


def store_environment(port: int) -> dict[str, str]:
    """Give the variables that name a store on that port."""
    return {
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{port}",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
    }
