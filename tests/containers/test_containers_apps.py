"""Apps in containers: the reference product whole, and a server of the user's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer

from sandbox import load_config, load_scenario, temporary
from sandbox.clock import wait_until
from sandbox.config.definition import App, Config, ModelServer, Ready
from sandbox.services.roles import EVERYWHERE
from sandbox.services.stream_client import Message

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


def test_apps_do_not_make_the_topics_of_a_stream_that_was_removed(
    reference: Config, real_engine: Any
) -> None:
    """Apps that still run are held back until the topics are there again, as they are declared."""
    with temporary(reference, "stream-removed") as sandbox:
        sandbox.up()
        stream = sandbox.live.runtime.record.processes["stream"].container
        real_engine.api.remove_container(stream, force=True, v=True)
        status = sandbox.up()
        assert status.up
        with sandbox.live.stream() as client:
            ends = client.end_offsets(client.topics())
    found = {topic: sum(each == topic for each, _ in ends) for topic, _ in ends}
    declared = reference.stream.topics
    assert found == {name: topic.partitions for name, topic in declared.items()}


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


READER = """\
import os
from kafka import KafkaConsumer
records = KafkaConsumer(
    "predictions",
    group_id="reader",
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
print("ready", flush=True)
for record in records:
    records.commit()
"""


def test_a_member_that_died_holds_up_nobody(reference: Config, tmp_path: Path) -> None:
    """A member that was never put out, and reads nothing, is found where a hop stands still."""
    script = tmp_path / "reader.py"
    script.write_text(READER)
    reader = App(
        command=("{python}", str(script)),
        ready=Ready(log="^ready"),
        consumes={"predictions": "reader"},
    )
    with temporary(replace(reference, apps={"reader": reader}), "ghost-inside") as sandbox:
        sandbox.up()
        ghost = KafkaConsumer(
            "predictions",
            group_id="reader",
            bootstrap_servers=sandbox.env()["KAFKA_BOOTSTRAP_SERVERS"],
            enable_auto_commit=False,
        )
        ghost.topics()
        wait_until(
            lambda: ghost.poll(timeout_ms=100) or ghost.assignment(),
            within=30,
            waiting_for="the ghost to join",
        )
        held = {each.partition for each in ghost.assignment()}
        # Its connection goes, and its membership stays.
        ghost._coordinator.close = lambda **_: None
        ghost.close(autocommit=False)
        with sandbox.live.stream() as client:
            client.produce("predictions", [Message(b"{}", b"%d" % n) for n in range(20)])
            ends = client.end_offsets(["predictions"])
            assert any(ends["predictions", partition] for partition in held)
            assert client.members(["reader"]) == {"reader": 2}
        sandbox.settle(within=30)
