"""The feature tables and the server that owns them: Feast's API, point-in-time reads, SQL."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.runtime.spec import (
    PORT,
    READY_FD,
    ContainerSpec,
    ProcessSpec,
    ReadyHttp,
    ReadyPipe,
)
from sandbox.services.ask import ask, ask_json
from sandbox.services.environment import process_environment
from sandbox.services.roles import CALLS, DATA, EVERYWHERE, INSIDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from sandbox.config.definition import Config, FeatureTable
    from sandbox.endpoint import Endpoint
    from sandbox.runtime.folder import StateFolder

NAME = "feature_server"
PARQUET = "application/vnd.apache.parquet"
ARROW_STREAM = "application/vnd.apache.arrow.stream"


def spec(config: Config, folder: StateFolder, port: int) -> ProcessSpec:
    """Say how the feature server is started."""
    command = [sys.executable, "-m", "sandbox.servers.features", "--port", PORT]
    command += ["--ready-fd", READY_FD, "--data-dir", str(folder.data(NAME))]
    command += ["--calls", str(folder.calls(NAME))]
    return ProcessSpec(
        name=NAME,
        kind="service",
        command=tuple(command),
        directory=folder.path,
        environment=process_environment({}),
        ready=ReadyPipe(),
        port=port,
        pinned=config.feature_server.port is not None,
    )


def container(config: Config, port: int) -> ContainerSpec:
    """Say how the feature server is started in a container."""
    inside = INSIDE[NAME]
    command = ["python3", "-m", "sandbox.servers.features", "--host", EVERYWHERE, "--port", PORT]
    command += ["--data-dir", f"{DATA}/tables", "--calls", CALLS]
    return ContainerSpec(
        name=NAME,
        kind="service",
        image=config.images.servers,
        alias=inside.host,
        command=tuple(command),
        environment={},
        ready=ReadyHttp("/health"),
        port=port,
        listens=inside.port,
        calls=CALLS,
        pinned=config.feature_server.port is not None,
    )


@dataclass(frozen=True, slots=True)
class FeatureServerClient:
    """Tables, rows and the clock of the feature server."""

    endpoint: Endpoint

    def define(self, name: str, table: FeatureTable) -> None:
        """Declare a table."""
        self._ask_json(
            "PUT",
            f"/sandbox/tables/{name}",
            {
                "entity": list(table.entity),
                "event_timestamp": table.event_timestamp,
                "ttl_seconds": table.ttl,
            },
        )

    def define_service(self, name: str, features: Sequence[str]) -> None:
        """Declare a feature service: a named list of `table:feature`."""
        self._ask_json("PUT", f"/sandbox/feature-services/{name}", {"features": list(features)})

    def write_parquet(self, table: str, file: Path, *, mode: str) -> None:
        """Write a Parquet file's rows to a table; `mode` is append or replace."""
        ask(
            self.endpoint,
            "POST",
            f"/sandbox/tables/{table}/rows?mode={mode}",
            content=file.read_bytes(),
            headers={"Content-Type": PARQUET},
            who="the feature server",
        )

    def describe(self, table: str) -> Mapping[str, Any]:
        """Give a table's `entity`, `event_timestamp` and `columns` (none before its first rows)."""
        found: Mapping[str, Any] = self._ask_json("GET", f"/sandbox/tables/{table}")
        return found

    def drop(self, table: str) -> None:
        """Remove a table and its rows."""
        self._ask_json("DELETE", f"/sandbox/tables/{table}")

    def set_clock(self, now: datetime | None) -> None:
        """Set the time that online reads happen at; None: the newest event in any table."""
        self._ask_json("PUT", "/sandbox/clock", {"now": now.isoformat() if now else None})

    def status(self) -> Mapping[str, Any]:
        """Give `in_flight`, `calls`, `clock` and the version of each table."""
        found: Mapping[str, Any] = self._ask_json("GET", "/sandbox/status")
        return found

    def sql(self, query: str) -> bytes:
        """Run a read-only query over the tables; the answer is an Arrow IPC stream."""
        return ask(
            self.endpoint,
            "POST",
            "/sql",
            body={"query": query},
            headers={"Accept": ARROW_STREAM},
            who="the feature server",
        )

    def forget_calls(self) -> None:
        """Empty the call log."""
        self._ask_json("DELETE", "/sandbox/calls")

    def _ask_json(self, method: str, path: str, body: object = None) -> Any:
        return ask_json(self.endpoint, method, path, body=body, who="the feature server")
