"""Carry services and apps as containers, on a network of their own (see Carrier)."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox.clock import wait_until
from sandbox.endpoint import LOOPBACK
from sandbox.errors import EngineError, PortTakenError, ServiceFailedError
from sandbox.runtime.carrier import Launched
from sandbox.runtime.containers import labels
from sandbox.runtime.containers.engine import connect, translated
from sandbox.runtime.spec import PORT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from pathlib import Path

    from sandbox.runtime.folder import StateFolder
    from sandbox.runtime.record import ProcessRecord, SandboxRecord
    from sandbox.runtime.spec import ContainerSpec

AT_ONCE = 8
KILLED = 137
# How engines say that a port of the host is another's.
TAKEN = ("address already in use", "port is already allocated")


class Containers:
    """The containers of one sandbox. Each method raises EngineError where the engine is away."""

    def __init__(self, folder: StateFolder, sandbox: SandboxRecord) -> None:
        """Ask the engine for nothing yet."""
        self._folder = folder
        self._sandbox = sandbox
        self._pool = ThreadPoolExecutor(AT_ONCE)
        # Starts that are under way, by token: an engine takes a third of a second for each.
        self._starts: dict[str, Future[None]] = {}

    @cached_property
    def _client(self) -> Any:
        try:
            return connect()
        except EngineError as error:
            raise EngineError(
                f"{error.message}, and this sandbox runs there",
                hint="start the engine; then sandbox up goes on, and sandbox down removes it",
            ) from error

    @property
    def _labels(self) -> dict[str, str]:
        return labels.of_sandbox(self._sandbox, self._folder.path)

    # -- starting -------------------------------------------------------------

    def launch(self, spec: ContainerSpec, record: ProcessRecord, log: Path) -> Launched:
        """Start a container, made anew unless `record` names one that is there."""
        del log
        client = self._client
        with translated(f"starting {spec.name}"):
            found = self._find(record)
            if found is None:
                self._remove_earlier(spec.name)
                found = self._create(client, spec, record)
            container = client.containers.get(found["Id"])
        self._starts[record.token] = self._pool.submit(container.start)
        return Launched(replace(record, container=found["Id"]))

    def _create(self, client: Any, spec: ContainerSpec, record: ProcessRecord) -> Any:
        import docker.errors  # noqa: PLC0415 - connect has imported it

        values = {PORT: str(spec.listens)}
        published = [(spec.port, spec.listens), *([spec.control] if spec.control else [])]
        ports = {inside: outside for outside, inside in published if inside}
        made_of = {
            "image": spec.image,
            "command": [values.get(part, part) for part in spec.command] or None,
            "entrypoint": list(spec.entrypoint) if spec.entrypoint else None,
            "environment": {
                name: values.get(each, each) for name, each in spec.environment.items()
            },
            "ports": list(ports),
        }
        config = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
        network = self._network(client)
        api = client.api
        try:
            created = api.create_container(
                **made_of,
                name=f"{network['Name']}-{spec.name}-{record.token[:8]}",
                labels={
                    **self._labels,
                    labels.SERVICE: spec.name,
                    labels.PROCESS: record.token,
                    labels.CONFIG: config[:16],
                },
                host_config=api.create_host_config(
                    port_bindings={inside: (LOOPBACK, to) for inside, to in ports.items()},
                    network_mode=network["Id"],
                ),
                networking_config=api.create_networking_config(
                    {network["Id"]: api.create_endpoint_config(aliases=[spec.alias])}
                ),
            )
        except docker.errors.ImageNotFound as error:
            raise ServiceFailedError(
                f"the engine has no image {spec.image}",
                hint="sandbox images build, or sandbox images pull; of an app: build your own",
            ) from error
        return created

    def _network(self, client: Any) -> Any:
        """Give the sandbox's network, made where it is missing."""
        found = client.api.networks(filters=self._ours)
        if found:
            return found[0]
        name = f"sandbox-{self._sandbox.name}-{self._sandbox.session[:8]}"
        client.api.create_network(name, driver="bridge", labels=self._labels)
        return client.api.networks(filters=self._ours)[0]

    @property
    def network(self) -> str:
        """The name of the sandbox's network; raises EngineError."""
        with translated("looking for the network"):
            name: str = self._network(self._client)["Name"]
            return name

    def _remove_earlier(self, name: str) -> None:
        """Remove what an earlier run of an app, or one that was interrupted, has left."""
        for each in self._list(f"{labels.SERVICE}={name}"):
            self._remove(each["Id"])

    # -- looking --------------------------------------------------------------

    @property
    def _ours(self) -> dict[str, list[str]]:
        return {"label": [f"{labels.SESSION}={self._sandbox.session}"]}

    def _list(self, *more: str) -> list[Any]:
        found: list[Any] = self._client.api.containers(
            all=True, filters={"label": [*self._ours["label"], *more]}
        )
        return found

    def _find(self, record: ProcessRecord) -> Any | None:
        """Give what the engine says of a container; None where there is none."""
        import docker.errors  # noqa: PLC0415 - connect has imported it

        client = self._client
        container = record.container
        if container is None:
            listed = self._list(f"{labels.PROCESS}={record.token}")
            container = listed[0]["Id"] if listed else None
        if container is None:
            return None
        try:
            return client.api.inspect_container(container)
        except docker.errors.NotFound:
            return None

    def _state(self, record: ProcessRecord) -> Any:
        with translated(f"looking at {record.name}"):
            found = self._find(record)
        return found["State"] if found else {}

    def is_running(self, record: ProcessRecord) -> bool:
        """Tell whether it runs, or is about to; raises where the engine could not start it."""
        start = self._starts.get(record.token)
        if start is not None:
            if not start.done():
                return True
            del self._starts[record.token]
            self._check_started(record, start)
        return bool(self._state(record).get("Running"))

    def _check_started(self, record: ProcessRecord, start: Future[None]) -> None:
        try:
            with translated(f"starting {record.name}"):
                start.result()
        except EngineError as error:
            if any(each in error.message for each in TAKEN):
                raise PortTakenError(
                    f"{record.name}: port {record.port} is in use by another process",
                    hint="end what listens there, or start anew: sandbox down, then sandbox up",
                ) from error
            raise

    def is_there(self, record: ProcessRecord) -> bool:
        """Tell whether the container was not removed, and its data with it."""
        return bool(self._state(record))

    def has_succeeded(self, record: ProcessRecord) -> bool:
        """Tell whether it ended with exit code 0."""
        state = self._state(record)
        return bool(state.get("Status") == "exited" and state.get("ExitCode") == 0)

    def exit_status(self, record: ProcessRecord) -> str:
        """Say how it ended."""
        state = self._state(record)
        if not state:
            return "was removed"
        memory = ", out of memory" if state.get("OOMKilled") else ""
        return f"ended with exit code {state.get('ExitCode')}{memory}"

    # -- ending ---------------------------------------------------------------

    def end(self, records: Iterable[ProcessRecord], *, within: float) -> list[str]:
        """Stop containers: SIGTERM, and SIGKILL after `within` seconds."""
        there = [each for each in records if self.is_running(each)]
        stops = [self._pool.submit(self._stop, each, within) for each in there]
        killed = [stop.result() for stop in stops]
        return [each.name for each, was in zip(there, killed, strict=True) if was]

    def _stop(self, record: ProcessRecord, within: float) -> bool:
        with translated(f"stopping {record.name}"):
            found = self._find(record)
            if found is None:
                return False
            self._client.api.stop(found["Id"], timeout=int(within))
            after = self._find(record)
        return after is not None and after["State"]["ExitCode"] == KILLED

    def kill(self, record: ProcessRecord) -> bool:
        """SIGKILL it, and wait until it is gone."""
        if not self.is_running(record):
            return False
        with translated(f"killing {record.name}"):
            found = self._find(record)
            if found is not None:
                self._client.api.kill(found["Id"])
        wait_until(
            lambda: not self._state(record).get("Running"),
            within=10,
            waiting_for=f"the end of {record.name}",
        )
        return True

    def discard(self) -> None:
        """Remove every container of this session, running or not, and its network."""
        if not self._sandbox.session:
            return
        for start in self._starts.values():
            # What is being started can be removed once that is done.
            with suppress(Exception):
                start.result()
        self._starts.clear()
        with translated("removing containers"):
            _remove_all(self._client, self._ours, self._pool)

    def _remove(self, container: str) -> None:
        _remove(self._client, container)

    # -- what it printed, and what was asked of it ----------------------------

    def collect_log(self, record: ProcessRecord, log: Path) -> None:
        """Write what the container printed where its log is, from the byte where that begins."""
        with translated(f"reading the log of {record.name}"):
            found = self._find(record)
            if found is None:
                return
            printed = self._client.api.logs(found["Id"])
        with log.open("ab"):
            pass
        with log.open("r+b") as file:
            file.seek(record.begins)
            file.write(printed)

    def collect_calls(self, record: ProcessRecord, calls: Path) -> None:
        """Copy the call log out of the container, whether it runs or not."""
        import docker.errors  # noqa: PLC0415 - connect has imported it

        if record.calls is None:
            return
        with translated(f"reading the calls of {record.name}"):
            found = self._find(record)
            if found is None:
                return
            try:
                chunks, _ = self._client.api.get_archive(found["Id"], record.calls)
                packed = b"".join(chunks)
            except docker.errors.NotFound:
                return
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    calls.write_bytes(content.read())


def sweep(folder: Path) -> int:
    """Remove every container and network that was made for a state folder of this machine.

    For when nothing is remembered of them. Returns how many containers. Raises EngineError.
    """
    client = connect()
    with ThreadPoolExecutor(AT_ONCE) as pool, translated("removing containers"):
        return _remove_all(client, {"label": [f"{labels.FOLDER}={labels.of_folder(folder)}"]}, pool)


def _remove_all(client: Any, filters: dict[str, list[str]], pool: ThreadPoolExecutor) -> int:
    containers = client.api.containers(all=True, filters=filters)
    list(pool.map(lambda each: _remove(client, each["Id"]), containers))
    for network in client.api.networks(filters=filters):
        for guest in (client.api.inspect_network(network["Id"])["Containers"] or {}).copy():
            # A container of the user's own that joined: it stays, the network cannot.
            client.api.disconnect_container_from_network(guest, network["Id"], force=True)
        client.api.remove_network(network["Id"])
    return len(containers)


def _remove(client: Any, container: str) -> None:
    import docker.errors  # noqa: PLC0415 - connect has imported it

    with suppress(docker.errors.NotFound):
        client.api.remove_container(container, force=True, v=True)
