"""A project whose sandbox runs in containers, and what the engine says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli_project import Project

from sandbox.runtime.containers import labels
from sandbox.runtime.containers.engine import connect

if TYPE_CHECKING:
    from pathlib import Path

TOML = """\
name = "boxed"
state_dir = ".sandbox"
runtime = "docker"

[stream.topics.orders]
partitions = 2

[object_store.buckets.archive]
versioning = true
"""


class EngineProject(Project):
    """A folder with a sandbox.toml that asks for containers."""

    def __init__(self, folder: Path) -> None:
        """Write the file; start nothing."""
        super().__init__(folder)
        self.write(TOML)
        self.client = connect()

    def containers(self, state: Path | None = None) -> dict[str, Any]:
        """Give the containers of a state folder by service, as the engine lists them."""
        of = f"{labels.FOLDER}={labels.of_folder(state or self.state)}"
        listed = self.client.api.containers(all=True, filters={"label": [of]})
        return {each["Labels"][labels.SERVICE]: each for each in listed}

    def networks(self, state: Path | None = None) -> list[Any]:
        """Give the networks of a state folder."""
        of = f"{labels.FOLDER}={labels.of_folder(state or self.state)}"
        found: list[Any] = self.client.api.networks(filters={"label": [of]})
        return found

    def clear(self) -> None:
        """Take down what is up; raises AssertionError where the engine still has something."""
        self.end()
        assert self.containers() == {}
        assert self.networks() == []
        self.client.close()
