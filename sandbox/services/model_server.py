"""The model server: Open Inference Protocol v2 over REST."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.clock import wait_until
from sandbox.errors import ServiceFailedError
from sandbox.runtime.spec import (
    PORT,
    READY_FD,
    ContainerSpec,
    ProcessSpec,
    ReadyHttp,
    ReadyPipe,
)
from sandbox.services.ask import ask, ask_json
from sandbox.services.environment import contract
from sandbox.services.roles import CALLS, DATA, EVERYWHERE, INSIDE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.config.definition import Config
    from sandbox.endpoint import Endpoint
    from sandbox.runtime.folder import StateFolder

NAME = "model_server"


def spec(
    config: Config, folder: StateFolder, port: int, environment: Mapping[str, str]
) -> ProcessSpec:
    """Say how the model server is started; `environment` tells it where the object store is."""
    command = [sys.executable, "-m", "sandbox.servers.model", "--port", PORT]
    command += ["--ready-fd", READY_FD, "--data-dir", str(folder.data(NAME))]
    command += ["--calls", str(folder.calls(NAME)), "--models", config.model_server.repository]
    for model in config.model_server.models:
        command += ["--declare", model]
    return ProcessSpec(
        name=NAME,
        kind="service",
        command=tuple(command),
        directory=folder.path,
        environment=dict(environment),
        ready=ReadyPipe(),
        port=port,
        pinned=config.model_server.port is not None,
    )


def container(config: Config, port: int, object_store: Endpoint) -> ContainerSpec:
    """Say how the model server is started in a container; it reads from `object_store`."""
    inside = INSIDE[NAME]
    command = ["python3", "-m", "sandbox.servers.model", "--host", EVERYWHERE, "--port", PORT]
    command += ["--data-dir", f"{DATA}/models", "--calls", CALLS]
    command += ["--models", config.model_server.repository]
    for model in config.model_server.models:
        command += ["--declare", model]
    return ContainerSpec(
        name=NAME,
        kind="service",
        image=config.images.servers,
        alias=inside.host,
        command=tuple(command),
        environment=contract(config, None, {"object_store": object_store}),
        ready=ReadyHttp("/v2/health/live"),
        port=port,
        listens=inside.port,
        calls=CALLS,
        pinned=config.model_server.port is not None,
    )


@dataclass(frozen=True, slots=True)
class ModelServerClient:
    """The repository and the models of a model server."""

    endpoint: Endpoint

    def load(self, model: str) -> None:
        """Load every version of a model from the object store, or what of it is new."""
        self._ask_json("POST", f"/v2/repository/models/{model}/load", {})

    def unload(self, model: str) -> None:
        """Unload a model."""
        self._ask_json("POST", f"/v2/repository/models/{model}/unload", {})

    def check_ready(self) -> None:
        """Raise ServiceFailedError, with the reasons, unless every declared model is loaded."""
        ask(self.endpoint, "GET", "/v2/health/ready", who="the model server")

    def wait_until_ready(self, within: float = 30.0) -> None:
        """Wait until a server that was started again has its models; `within` is in seconds.

        Raises DeadlineError, with the reasons, where one of those that are declared is missing.
        """
        refused = [""]

        def is_ready() -> bool:
            try:
                self.check_ready()
            except ServiceFailedError as error:
                refused[0] = error.message
                return False
            return True

        wait_until(is_ready, within=within, waiting_for="models", last_seen=lambda: refused[0])

    def infer(self, model: str, version: str | None, body: Mapping[str, Any]) -> tuple[int, Any]:
        """Ask a model; gives status and answer."""
        import http.client  # noqa: PLC0415 - only here

        path = f"/v2/models/{model}" + (f"/versions/{version}" if version else "") + "/infer"
        connection = http.client.HTTPConnection(self.endpoint.host, self.endpoint.port, timeout=30)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ServiceFailedError(
                f"the model server gave no answer to {path}: {error}"
            ) from error
        finally:
            connection.close()

    def status(self) -> Mapping[str, Any]:
        """Give `in_flight`, `calls` and the versions of each model."""
        found: Mapping[str, Any] = self._ask_json("GET", "/sandbox/status")
        return found

    def forget_calls(self) -> None:
        """Empty the call log."""
        self._ask_json("DELETE", "/sandbox/calls")

    def _ask_json(self, method: str, path: str, body: object = None) -> Any:
        return ask_json(self.endpoint, method, path, body=body, who="the model server")
