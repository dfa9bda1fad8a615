"""A team's own model server in the place of the sandbox's."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import load_scenario, temporary
from sandbox.config.definition import App, ModelServer, Ready

if TYPE_CHECKING:
    from sandbox.config.definition import Config

SERVER = Path(__file__).with_name("own_model_server.py")


def with_own_server(config: Config) -> Config:
    """Let an app of the team's fill the model server's role."""
    own = App(
        command=(sys.executable, str(SERVER)),
        environment={"MODEL_DIR": "fixtures/flights/models/arrival_delay/1"},
        provides="MODEL_SERVER_URL",
        ready=Ready(http="/healthz"),
    )
    return replace(config, model_server=ModelServer(), apps={**config.apps, "own": own})


def test_own_server_fills_the_role(reference: Config) -> None:
    """The day passes as with our server, calls to theirs are seen, and no server of ours runs."""
    config = with_own_server(reference)
    scenario = load_scenario(config.folder / "scenarios/pitfalls/p06_end_to_end_day.yaml", config)
    with temporary(config, "own-server") as sandbox:
        sandbox.up()
        result = sandbox.replay(scenario)
        calls = sandbox.sql("SELECT DISTINCT path, status FROM calls.model_server ORDER BY path")

    assert result.failed == ()
    assert result.verdict == "passed"
    assert calls.rows == (
        ("/v2/models/arrival_delay/versions/1", 200),
        ("/v2/models/arrival_delay/versions/1/infer", 200),
    )
