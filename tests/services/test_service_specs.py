"""What is said of how services start is enough to start them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.services import feature_server, link, model_server, object_stores, stream
from sandbox.services.ask import ask, ask_json

if TYPE_CHECKING:
    import pytest

    from sandbox.config.definition import Config
    from sandbox.runtime.folder import StateFolder
    from sandbox.runtime.ports import ReservedPorts
    from sandbox.runtime.runtime import Runtime


def test_a_pinned_port_is_known_as_such(config: Config, folder: StateFolder) -> None:
    """A port that sandbox.toml names is pinned, others are not."""
    somewhere = Endpoint(LOOPBACK, 2)
    specs = [
        object_stores.process(config, folder, 1),
        stream.spec(config, folder, 1),
        feature_server.spec(config, folder, 1),
        model_server.spec(config, folder, 1, {}),
        link.spec("model_server", folder, 1, somewhere),
    ]
    assert [spec.name for spec in specs if spec.pinned] == ["feature_server"]
    assert {spec.kind for spec in specs} == {"service"}


def test_no_real_account_reaches_the_object_store(
    config: Config, folder: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The object store has the sandbox's own keys, and no Docker engine to look at."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2375")
    environment = object_stores.process(config, folder, 1).environment
    assert environment["AWS_ACCESS_KEY_ID"] == "sandbox"
    assert "AWS_PROFILE" not in environment
    assert environment["DOCKER_HOST"].startswith(f"unix://{folder.path}")
    assert environment["BIND_HOST"] == LOOPBACK


def test_a_link_before_a_server(
    config: Config, folder: StateFolder, runtime: Runtime, ports: ReservedPorts
) -> None:
    """A link stands for a service: calls to what is behind it are seen, and counted beside it."""
    behind, before = ports.take(), ports.take()
    runtime.start(
        [
            feature_server.spec(config, folder, behind),
            link.spec("model_server", folder, before, Endpoint(LOOPBACK, behind)),
        ]
    )
    known = runtime.record.processes["model_server"]
    assert known.port == before
    assert known.control_port is not None
    answer = ask(Endpoint(LOOPBACK, before), "POST", "/sql", body={"query": "SELECT 1"})
    assert answer
    control = Endpoint(LOOPBACK, known.control_port)
    assert ask_json(control, "GET", "/sandbox/status") == {"in_flight": 0, "calls": 1}
    (line,) = folder.calls("model_server").read_text().splitlines()
    assert json.loads(line)["request"] == {"query": "SELECT 1"}
    assert ask_json(Endpoint(LOOPBACK, behind), "GET", "/sandbox/status")["calls"] == 1
    assert len(folder.calls("feature_server").read_text().splitlines()) == 1
