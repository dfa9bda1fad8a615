"""What runs, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sandbox.config.definition import SERVICES
from sandbox.endpoint import is_listening

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """A sandbox: `up` when every process that was started still is ready.

    `unfinished` where a reset was interrupted, or is at work.
    """

    name: str
    state_dir: str
    runtime: str
    seeded: bool
    unfinished: bool
    processes: tuple[ProcessStatus, ...]

    @property
    def up(self) -> bool:
        """Tell whether it was seeded and all that was started runs."""
        return (
            self.seeded
            and not self.unfinished
            and all(each.state in ("ready", "stopped") for each in self.processes)
        )


def status(live: Live) -> Status:
    """Look at every process that this sandbox started."""
    contract = live.contract()
    variables = dict(SERVICES)
    for name, app in live.config.apps.items():
        if app.provides:
            variables[name] = app.provides
    names = [*live.external, *(each for each in live.runtime.record.processes)]
    processes = [_look(live, name, contract, variables.get(name)) for name in dict.fromkeys(names)]
    return Status(
        name=live.config.name,
        state_dir=str(live.folder.path),
        runtime=live.runtime.record.runtime,
        seeded=live.runtime.record.seeded is not None,
        unfinished=bool(live.runtime.record.owed),
        processes=tuple(processes),
    )


def _look(
    live: Live, name: str, contract: Mapping[str, str], variable: str | None
) -> ProcessStatus:
    """Look at one: of an external service, at the link before it too, where it has one."""
    process = live.runtime.record.processes.get(name)
    address = contract.get(variable) if variable else None
    if address is None and process is not None and process.endpoint:
        address = process.endpoint.url
    return ProcessStatus(
        name=name,
        kind="external" if process is None or name in live.external else process.kind,
        state=_state(live, name),
        pid=process.pid if process else None,
        container=process.container if process else None,
        address=address,
        variable=variable,
        log=str(live.folder.log(name)) if process else "",
    )


def _state(live: Live, name: str) -> State:
    if name in live.external and not is_listening(live.external[name]):
        return "away"
    process = live.runtime.record.processes.get(name)
    if process is None:
        return "ready"
    if process.phase != "stopped" and not live.runtime.is_alive(name):
        return "died"
    return process.phase
