"""A sandbox in containers from its start to its end, and what may happen to it in between."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli_project import refuses

from sandbox.clock import wait_until
from sandbox.runtime.containers import labels

if TYPE_CHECKING:
    from engine_project import EngineProject

SERVICES = {"object_store", "stream", "feature_server", "model_server"}
ORDERS = "SELECT value->>'n' AS n FROM stream.orders ORDER BY \"offset\", partition"
WRITE = """\
import json
import sys
from kafka import KafkaProducer
import os
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"], acks="all")
for n in sys.argv[1:]:
    producer.send("orders", json.dumps({"n": n}).encode(), partition=0).get(10)
producer.close()
"""


def write(project: EngineProject, *numbers: str) -> None:
    """Write orders as an app would, found by its environment."""
    project.write(WRITE, "write.py")
    project.ok("run", "--", "python", "write.py", *numbers, environment=own_python())


def own_python() -> dict[str, str]:
    """Put the interpreter that runs the tests first on the PATH."""
    return {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def orders(project: EngineProject) -> list[str]:
    """Give the orders that are in the stream."""
    return [each["n"] for each in json.loads(project.ok("sql", ORDERS, "--format", "json"))]


def inspect(project: EngineProject, service: str) -> Any:
    """Give all that the engine knows of a service's container."""
    return project.client.api.inspect_container(project.containers()[service]["Id"])


def test_up_reset_down(project: EngineProject) -> None:
    """Services come up labelled, on loopback alone; reset restarts none; down leaves the logs."""
    done = project.run("up")
    assert done.returncode == 0, done.stderr
    assert "· in containers: as asked (without them: --runtime embedded)" in done.stderr
    assert "CONTAINER" in done.stdout.splitlines()[0]
    containers = project.containers()
    assert set(containers) == SERVICES
    assert len(project.networks()) == 1
    for service in SERVICES:
        found = inspect(project, service)
        known = found["Config"]["Labels"]
        wanted = (labels.NAME, labels.SESSION, labels.PROCESS, labels.CONFIG)
        assert all(known[each] for each in wanted)
        bound = [each for ports in found["HostConfig"]["PortBindings"].values() for each in ports]
        assert {each["HostIp"] for each in bound} == {"127.0.0.1"}

    write(project, "1", "2")
    assert orders(project) == ["1", "2"]
    project.ok("reset")
    assert orders(project) == []
    assert {each["Id"] for each in project.containers().values()} == {
        each["Id"] for each in containers.values()
    }
    assert "started" in project.ok("logs", "stream").lower()

    project.ok("down")
    assert project.containers() == {}
    assert project.networks() == []
    assert "started" in project.ok("logs", "stream").lower()


def test_what_was_killed_comes_back_with_its_data(project: EngineProject) -> None:
    """A stream that was killed is told, and the next `up` starts it with every record."""
    project.ok("up")
    write(project, "1", "2", "3")
    project.ok("sql", "SELECT 1")
    project.client.api.kill(project.containers()["stream"]["Id"])
    wait_until(
        lambda: project.status()["stream"]["state"] == "died",
        within=10,
        waiting_for="the end of the stream",
    )
    done = project.run("ps")
    assert "stream" in done.stderr
    assert "died; start it again, with its data: sandbox up" in done.stderr
    refuses(project.run("sql", "FROM stream.orders"), 3, "stream has died")

    before = project.containers()["stream"]["Id"]
    done = project.run("up")
    assert done.returncode == 0, done.stderr
    assert "starting again, with the data that they left" in done.stderr
    assert project.containers()["stream"]["Id"] == before
    assert orders(project) == ["1", "2", "3"]


def test_what_was_removed_is_seeded_anew(project: EngineProject) -> None:
    """Where somebody removed containers, the next `up` says so, and makes what is declared again."""
    project.ok("up")
    write(project, "1")
    for service in ("stream", "object_store", "feature_server"):
        project.client.api.remove_container(project.containers()[service]["Id"], force=True, v=True)
    assert project.status()["stream"]["state"] == "died"
    said = project.run("up").stderr
    assert "as their containers were removed with their data: object_store, stream" in said
    assert orders(project) == []
    assert json.loads(project.ok("sql", "FROM objects.archive", "--format", "json")) == []


def test_up_that_was_killed(project: EngineProject) -> None:
    """What a killed `up` has left is removed by the next, which starts afresh; nothing else is."""
    stranger = project.client.containers.create(
        "debian:trixie-slim", ["sleep", "60"], labels={labels.SERVICE: "stream"}
    )
    try:
        begun = project.begin("up")
        wait_until(lambda: len(project.containers()) > 1, within=30, waiting_for="containers")
        begun.kill()
        begun.wait(10)
        left = {each["Id"] for each in project.containers().values()}

        said = project.run("up").stderr
        assert "an earlier start was interrupted: cleaning up what it left" in said
        assert set(project.containers()) == SERVICES
        assert not {each["Id"] for each in project.containers().values()} & left
        assert stranger.id
        stranger.reload()
    finally:
        stranger.remove(force=True)


def test_ctrl_c_leaves_nothing(project: EngineProject) -> None:
    """Ctrl-C at any moment of a start removes what was started."""
    begun = project.begin("up")
    wait_until(lambda: len(project.containers()) > 1, within=30, waiting_for="containers")
    begun.send_signal(signal.SIGINT)
    assert begun.wait(60) == 130
    assert project.containers() == {}
    assert project.networks() == []


def test_a_state_that_cannot_be_read(project: EngineProject) -> None:
    """`down` finds containers by their labels, where nothing is remembered of them."""
    project.ok("up", "--no-apps")
    (project.state / "state.json").write_text("nonsense")
    assert "ending whatever works there" in project.run("down").stderr
    assert project.containers() == {}
    assert project.networks() == []


def test_an_engine_that_went_away(project: EngineProject) -> None:
    """While the engine is away, commands say so; once it is back, all goes on."""
    project.ok("up")
    away = {"DOCKER_HOST": "unix:///gone/docker.sock"}
    refuses(project.run("ps", environment=away), 3, "there is no Docker engine")
    refuses(project.run("down", environment=away), 3, "there is no Docker engine")
    assert set(project.containers()) == SERVICES
    assert {each["state"] for each in project.status().values()} == {"ready"}


def test_what_cannot_be_had_is_told(project: EngineProject) -> None:
    """Without an image, `docker` is refused with what to type, and `auto` runs embedded, and says why."""
    project.write('runtime = "docker"\n[images]\nkafka = "nobody/kafka:1"\n')
    refuses(
        project.run("up"),
        3,
        "the engine has no image nobody/kafka:1",
        hint="sandbox images build, or sandbox images pull",
    )
    assert project.containers() == {}
    said = project.run("up", "--runtime", "auto").stderr
    assert (
        "· embedded: the engine has no image nobody/kafka:1 (in containers: sandbox images" in said
    )
    project.ok("down")


def test_another_runtime_than_what_is_up(project: EngineProject) -> None:
    """A sandbox that is up in containers is not joined by processes."""
    project.ok("up")
    refuses(project.run("up", "--runtime", "embedded"), 2, "is up, in containers")
    assert project.ok("up", "--runtime", "auto")


def test_two_at_once(project: EngineProject) -> None:
    """Two sandboxes of one file run side by side, each on a network of its own."""
    project.write(
        project.folder.joinpath("sandbox.toml").read_text().replace('state_dir = ".sandbox"\n', "")
    )
    project.names.add("other")
    project.ok("up")
    project.ok("--name", "other", "up")
    write(project, "1")
    assert orders(project) == ["1"]
    other = json.loads(project.ok("--name", "other", "sql", ORDERS, "--format", "json"))
    assert other == []
    project.ok("--name", "other", "down")
    assert orders(project) == ["1"]
    project.ok("down")
