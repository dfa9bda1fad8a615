"""The service classes, beside containers of a user's own; and the plugin with containers."""

from __future__ import annotations

import platform

import pytest
from cli_project import COMMAND
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from sandbox.clock import wait_until
from sandbox.config.definition import Images, Topic
from sandbox.runtime.containers import labels
from sandbox.runtime.containers.engine import connect
from sandbox.runtime.containers.reaper import OWNER, remove_orphans, settle_reaper
from sandbox.services.object_store import ObjectStoreClient
from sandbox.services.stream_client import Message, StreamClient
from sandbox.testing import (
    FeatureServerContainer,
    ModelServerContainer,
    ObjectStoreContainer,
    StreamContainer,
)

pytest_plugins = ["pytester"]

# No system gives a process this number.
NO_PROCESS = 2**30

LOOK = """\
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1] + "/health").status, flush=True)
"""


def test_a_stream_of_its_own() -> None:
    """It answers when it is started, keeps what is written, and is gone at the end."""
    with StreamContainer() as stream:
        container = stream.get_container_id()
        with StreamClient(stream.endpoint) as client:
            client.create_topics({"orders": Topic()})
            client.produce("orders", [Message(b"1")])
            assert [each.value for each in client.read("orders")] == [b"1"]
        assert stream.environment["KAFKA_BOOTSTRAP_SERVERS"] == stream.bootstrap_servers
    assert container not in {each.id for each in connect().containers.list(all=True)}


@pytest.mark.parametrize("server", ["versitygw", "minio"])
def test_an_object_store_of_its_own(server: str) -> None:
    """Either server keeps an object."""
    with ObjectStoreContainer(server) as store:
        client = ObjectStoreClient(store.endpoint)
        client.minio().make_bucket("archive")
        client.put("archive", "key", b"content")
        assert client.minio().get_object("archive", "key").read() == b"content"


def test_beside_a_container_of_the_users_own() -> None:
    """On one network, a container of the user's finds the services by their names."""
    settle_reaper()
    with (
        Network() as network,
        ObjectStoreContainer().with_network(network),
        ModelServerContainer().with_network(network) as models,
        FeatureServerContainer().with_network(network) as features,
        DockerContainer("sandbox-ml/servers:0.1.0")
        .with_network(network)
        .with_command(["python3", "-c", LOOK, features.inside.url]) as theirs,
    ):
        assert models.environment_inside["MODEL_SERVER_URL"] == "http://model-server:8080"
        wait_until(
            lambda: b"200" in theirs.get_logs()[0],
            within=20,
            waiting_for="an answer",
            last_seen=theirs.get_logs,
        )


def test_what_a_dead_process_owned_is_removed() -> None:
    """The next run removes a container whose owner is gone, and leaves one whose owner lives."""
    client = connect()
    image = Images().servers
    dead = f"{platform.node()}/{NO_PROCESS}/1"
    orphan = client.containers.create(image, ["true"], labels={OWNER: dead})
    living = client.containers.create(image, ["true"], labels={OWNER: "elsewhere/1/1"})
    try:
        remove_orphans()
        left = {each.id for each in client.containers.list(all=True)}
        assert orphan.id not in left
        assert living.id in left
    finally:
        living.remove(force=True)


SANDBOX_TOML = """\
name = "plugged"

[stream.topics.orders]
"""

TEST_FILE = """\
from testcontainers.core.container import DockerContainer


def test_orders(sandbox):
    assert sandbox.status().runtime == "docker"
    sandbox.produce("orders", [{"n": 1}])
    assert sandbox.sql("SELECT count(*) AS n FROM stream.orders").as_dicts() == [{"n": 1}]


def test_network(sandbox, sandbox_network):
    command = ["python3", "-c", "import socket; print(socket.gethostbyname('stream'), flush=True)"]
    with DockerContainer("sandbox-ml/servers:0.1.0").with_network(sandbox_network).with_command(
        command
    ) as container:
        container.wait()
        assert b"." in container.get_logs()[0]
"""


def test_the_plugin_in_containers(pytester: pytest.Pytester) -> None:
    """`--sandbox-runtime docker` gives the fixtures in containers, and says so; nothing is left."""
    pytester.path.joinpath("sandbox.toml").write_text(SANDBOX_TOML)
    pytester.makepyfile(TEST_FILE)
    found = pytester.runpytest_subprocess("--sandbox-runtime", "docker", "-p", "no:cacheprovider")
    found.assert_outcomes(passed=2)
    found.stdout.fnmatch_lines(["sandbox: in containers: as asked*"])
    listed = connect().api.containers(all=True, filters={"label": [labels.FOLDER]})
    assert not [each for each in listed if str(pytester.path) in each["Labels"][labels.FOLDER]]


def test_a_failed_run_is_kept_where_asked(pytester: pytest.Pytester) -> None:
    """`--sandbox-keep` leaves the sandbox of a failed run up, and the words printed lead into it."""
    pytester.path.joinpath("sandbox.toml").write_text(SANDBOX_TOML)
    pytester.makepyfile("def test_it(sandbox):\n    assert not sandbox.status().up\n")
    found = pytester.runpytest_subprocess("--sandbox-runtime", "docker", "--sandbox-keep")
    found.assert_outcomes(failed=1)
    words = [line.split("sandbox: ", 1)[1] for line in found.outlines if "look at it" in line]
    assert words
    _, *arguments, verb = words[0].partition("look at it: ")[2].split()
    assert verb == "ps"
    shown = pytester.run(COMMAND, *arguments, "ps")
    ended = pytester.run(COMMAND, *arguments, "down")
    shown.stdout.fnmatch_lines(["stream *ready*"])
    assert ended.ret == 0
