"""What runs, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sandbox.config.definition import SERVICES
from sandbox.endpoint import is_listening

if TYPE_CHECKING:
    from sandbox.services.live import Live

State = Literal["ready", "starting", "stopped", "died", "away"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """One service or app: `address` as an app would write it, `variable` where apps find it.

    It runs as the process `pid`, or in the container of that id; an external one as neither, and is
    `away` where nobody listens.
    """

    name: str
    kind: Literal["service", "app", "external"]
    state: State
    pid: int | None
    container: str | None
    address: str | None
    variable: str | None
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A sandbox: `up` when every process that was started still is ready."""

    name: str
    state_dir: str
    runtime: str
    seeded: bool
    processes: tuple[ProcessStatus, ...]

    @property
    def up(self) -> bool:
        """Tell whether it was seeded and all that was started runs."""
        return self.seeded and all(each.state in ("ready", "stopped") for each in self.processes)


def status(live: Live) -> Status:
    """Look at every process that this sandbox started."""
    contract = live.contract()
    variables = dict(SERVICES)
    for name, app in live.config.apps.items():
        if app.provides:
            variables[name] = app.provides
    processes = [
        ProcessStatus(
            name=name,
            kind="external",
            state="ready" if is_listening(endpoint) else "away",
            pid=None,
            container=None,
            address=contract[variables[name]],
            variable=variables[name],
            log="",
        )
        for name, endpoint in live.external.items()
        if name not in live.runtime.record.processes
    ]
    for name, process in live.runtime.record.processes.items():
        variable = variables.get(name)
        address = contract.get(variable) if variable else None
        if address is None and process.endpoint:
            address = process.endpoint.url
        processes.append(
            ProcessStatus(
                name=name,
                kind=process.kind,
                state=_state(live, name),
                pid=process.pid,
                container=process.container,
                address=address,
                variable=variable,
                log=str(live.folder.log(name)),
            )
        )
    return Status(
        name=live.config.name,
        state_dir=str(live.folder.path),
        runtime=live.runtime.record.runtime,
        seeded=live.runtime.record.seeded is not None,
        processes=tuple(processes),
    )


def _state(live: Live, name: str) -> State:
    phase = live.runtime.record.processes[name].phase
    if phase != "stopped" and not live.runtime.is_alive(name):
        return "died"
    return phase
