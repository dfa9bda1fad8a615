"""A feature server for each worker, emptied for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from feature_process import FeatureProcess

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeatureProcess]:
    """Run one server for all tests of a worker."""
    server = FeatureProcess(tmp_path_factory.mktemp("features"))
    yield server
    assert server.stop() == 0


@pytest.fixture
def server(shared_server: FeatureProcess) -> FeatureProcess:
    """Give the server without tables."""
    shared_server.restore()
    return shared_server


@pytest.fixture
def weather(server: FeatureProcess) -> FeatureProcess:
    """Give the server with a table of weather: six hours to live, two airports."""
    server.define("weather", ["origin"], "at", ttl=6 * 3600)
    server.write(
        "weather",
        [
            {"origin": "JFK", "at": "2013-06-08T10:00:00Z", "temp": 60.5, "gust": None, "vis": 10},
            {"origin": "JFK", "at": "2013-06-08T11:00:00Z", "temp": 61.0, "gust": 3.5, "vis": 9},
            {"origin": "EWR", "at": "2013-06-08T11:00:00Z", "temp": 59.0, "gust": None, "vis": 8},
        ],
    )
    return server
