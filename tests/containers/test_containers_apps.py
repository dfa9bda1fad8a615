"""Apps in containers: the reference product whole, and a server of the user's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import load_config, load_scenario, temporary
from sandbox.config.definition import App, Config, ModelServer, Ready
from sandbox.services.roles import EVERYWHERE

ROOT = Path(__file__).parents[2]
DAY = ROOT / "scenarios/pitfalls/p06_end_to_end_day.yaml"


@pytest.fixture
def reference() -> Config:
    """Give the reference product, in containers."""
    return replace(load_config(ROOT / "sandbox.toml", environ={}), runtime="docker")


def test_a_day_with_every_app_in_a_container(reference: Config) -> None:
    """The apps run from an image of theirs, find services by the network's names, and pass the day."""
    apps = {
        name: replace(app, image=reference.images.servers) for name, app in reference.apps.items()
    }
    config = replace(reference, apps=apps)
    with temporary(config, "apps-inside") as sandbox:
        status = sandbox.up()
        assert all(each.container for each in status.processes)
        result = sandbox.replay(load_scenario(DAY, config))
        lines = sandbox.sql("SELECT count(*) AS n FROM apps.scorer WHERE text LIKE 'scored%'")
    assert result.verdict == "passed", result.error
    assert lines.as_dicts()[0]["n"] >= 1


def test_an_app_that_is_killed_starts_again(reference: Config) -> None:
    """Nobody waits for the session of a consumer that was killed: its records are read at once."""
    config = replace(reference, apps={"archiver": reference.apps["archiver"]})
    with temporary(config, "killed-inside") as sandbox:
        sandbox.up()
        sandbox.kill("archiver")
        sandbox.start("archiver")
        sandbox.settle(within=15)
        sandbox.reset()
        sandbox.settle(within=15)


def test_a_server_of_the_users_own(reference: Config) -> None:
    """A model server in a container of the user's fills the role, and calls to it are seen."""
    own = App(
        command=(
            *("{python}", "-m", "sandbox.servers.model", "--host", EVERYWHERE, "--port", "8080"),
            *("--data-dir", "/data/own", "--calls", "/data/own-calls", "--models", "s3://models"),
            *("--declare", "arrival_delay"),
        ),
        image=reference.images.servers,
        provides="MODEL_SERVER_URL",
        after=("object_store",),
        ready=Ready(http="/v2/health/ready"),
    )
    config = replace(reference, model_server=ModelServer(), apps={**reference.apps, "own": own})
    with temporary(config, "own-inside") as sandbox:
        sandbox.up()
        result = sandbox.replay(load_scenario(DAY, config))
        calls = sandbox.sql("SELECT DISTINCT status FROM calls.model_server ORDER BY ALL")
    assert result.verdict == "passed", result.error
    assert calls.rows == ((200,),)
