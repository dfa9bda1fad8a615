"""An object store for each worker, a bucket for each test, and model servers."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest
import tiny_model
from model_bucket import WEIGHTS, Bucket
from model_process import ModelProcess
from object_store_process import ObjectStoreProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BUCKETS = count()


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStoreProcess]:
    """Run one object store for all tests of a worker."""
    store = ObjectStoreProcess(tmp_path_factory.mktemp("store"))
    yield store
    store.stop()


@pytest.fixture
def bucket(object_store: ObjectStoreProcess) -> Bucket:
    """Give an empty bucket."""
    return Bucket(object_store, f"models-{next(BUCKETS)}")


@pytest.fixture
def start_server(bucket: Bucket, tmp_path: Path) -> Iterator[Callable[..., ModelProcess]]:
    """Give what starts a server on `bucket`; each is stopped in order at the end."""
    servers: list[ModelProcess] = []

    def start(*declare: str, models: str = "", **more: object) -> ModelProcess:
        store = more.get("store", bucket.store.environment)
        server = ModelProcess(
            tmp_path, store=store, models=models or bucket.address, declare=declare
        )
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            assert server.stop() == 0


@pytest.fixture(scope="session")
def server(
    object_store: ObjectStoreProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModelProcess]:
    """Run one server for all tests that only ask: three versions of `logistic`, and others."""
    bucket = Bucket(object_store, "asked")
    for version in WEIGHTS:
        bucket.put_version("logistic", version)
    names = ["logistic", "pair"]
    bucket.put(tiny_model.files(tiny_model.sum_and_product(), "pair", "1", ["a", "b"]))
    for datatype in tiny_model.ELEMENTS:
        name = f"echo_{datatype}"
        bucket.put(tiny_model.files(tiny_model.echo(datatype), name, "1", ["left", "right"]))
        names.append(name)
    running = ModelProcess(
        tmp_path_factory.mktemp("model"),
        store=object_store.environment,
        models=bucket.address,
        declare=names,
    )
    running.wait_ready()
    yield running
    assert running.stop() == 0
