"""The compose.yaml in the repository: what it says, and that plain Docker Compose runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.clock import wait_until
from sandbox.endpoint import LOOPBACK
from sandbox.runtime.ports import ReservedPorts
from sandbox.runtime.readiness import HttpProbe, KafkaProbe
from sandbox.services.compose import PORTS, compose

FILE = Path(__file__).parents[2] / "compose/compose.yaml"


def test_it_is_what_the_definitions_say() -> None:
    """The file is what `python -m sandbox.services.compose` writes."""
    assert FILE.read_text() == compose()


def test_docker_compose_runs_it(tmp_path: Path) -> None:
    """All four services answer on the ports that their variables name, the stream's clients too."""
    command = shutil.which("docker-compose")
    if command is None:
        assert not os.environ.get("CI"), "docker-compose is not installed"
        pytest.skip("docker-compose is not installed")
    with ReservedPorts() as reserved:
        ports = {name: reserved.take() for name in PORTS}
    variables = {variable: str(ports[name]) for name, (variable, _) in PORTS.items()}
    words = [command, "-f", str(FILE), "-p", f"sandbox-test-{os.getpid()}"]
    environment = {**os.environ, **variables}
    try:
        subprocess.run([*words, "up", "-d"], env=environment, check=True, capture_output=True)
        for looking in (
            HttpProbe(ports["object_store"], "/health"),
            HttpProbe(ports["feature_server"], "/health"),
            HttpProbe(ports["model_server"], "/v2/health/live"),
            KafkaProbe(ports["stream"]),
        ):
            wait_until(looking.look, within=60, waiting_for="an answer", last_seen=looking.seen)
        said = subprocess.run(
            [*words, "config"], env=environment, check=True, capture_output=True, text=True
        ).stdout
        assert f"HOST://{LOOPBACK}:{ports['stream']}," in said
    finally:
        subprocess.run([*words, "down", "-v"], env=environment, check=True, capture_output=True)
