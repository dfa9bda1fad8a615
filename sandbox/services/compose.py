"""The four services as a compose.yaml, of the same definitions that the sandbox starts them by.

`python -m sandbox.services.compose > compose/compose.yaml` writes the one in the repository, and a
test holds it to this. Docker Compose 2 and Debian's docker-compose 1.29 read it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sandbox.config.definition import Config
from sandbox.endpoint import LOOPBACK
from sandbox.runtime.spec import PORT
from sandbox.services import feature_server, model_server, object_stores, stream
from sandbox.services.roles import INSIDE

if TYPE_CHECKING:
    from sandbox.runtime.spec import ContainerSpec

# Where each listens on this machine, unless the variable says otherwise.
PORTS = {
    "object_store": ("OBJECT_STORE_PORT", 9000),
    "stream": ("STREAM_PORT", 9092),
    "feature_server": ("FEATURE_SERVER_PORT", 6566),
    "model_server": ("MODEL_SERVER_PORT", 8000),
}
HEADER = """\
# The sandbox's four services by plain Docker Compose, with nothing seeded. Written by
#   python -m sandbox.services.compose > compose/compose.yaml
# The images: sandbox images build (or pull). Ports are on loopback; STREAM_PORT and the like move them.
"""


def compose() -> str:
    """Give the file's text."""
    config = Config(path=Path("sandbox.toml"))
    ports = {name: port for name, (_, port) in PORTS.items()}
    specs = [
        object_stores.container(config, ports["object_store"]),
        stream.container(config, ports["stream"]),
        feature_server.container(config, ports["feature_server"]),
        model_server.container(config, ports["model_server"], INSIDE["object_store"]),
    ]
    services = {spec.alias: _service(spec) for spec in specs}
    written = yaml.safe_dump(
        {"version": "3", "services": services}, sort_keys=False, width=100, allow_unicode=True
    )
    return HEADER + str(written)


def _service(spec: ContainerSpec) -> dict[str, Any]:
    variable, port = PORTS[spec.name]
    chosen = f"${{{variable}:-{port}}}"
    values = {PORT: str(spec.listens)}
    found: dict[str, Any] = {"image": spec.image}
    if spec.entrypoint:
        found["entrypoint"] = [_escaped(part) for part in spec.entrypoint]
    if spec.command:
        found["command"] = [_escaped(values.get(part, part)) for part in spec.command]
    if spec.environment:
        # What Kafka tells clients of this machine is the port that they know it by.
        found["environment"] = {
            name: _escaped(value).replace(f"{LOOPBACK}:{port}", f"{LOOPBACK}:{chosen}")
            for name, value in spec.environment.items()
        }
    found["ports"] = [f"{LOOPBACK}:{chosen}:{spec.listens}"]
    return found


def _escaped(text: str) -> str:
    """Keep Compose from filling in what is the container's to fill in."""
    return text.replace("$", "$$")


if __name__ == "__main__":
    sys.stdout.write(compose())
