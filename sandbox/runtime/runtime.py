"""Start, find and end the services and apps of one sandbox, in processes and in containers."""

from __future__ import annotations

import os
import secrets
import select
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sandbox.clock import Deadline
from sandbox.endpoint import LOOPBACK, Endpoint, is_listening
from sandbox.errors import DeadlineError, PortTakenError, ServiceFailedError, UsageError
from sandbox.runtime import record
from sandbox.runtime.ports import is_free
from sandbox.runtime.processes import Processes
from sandbox.runtime.readiness import Probe, probe, read_from
from sandbox.runtime.record import ProcessRecord, SandboxRecord
from sandbox.runtime.spec import ContainerSpec, ReadyLog, ReadyOnceRunning, ReadyPipe, Spec

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.runtime.carrier import Carrier
    from sandbox.runtime.folder import StateFolder
    from sandbox.runtime.record import Place

STOP_WITHIN = 10.0

# A process that tells nobody when it is ready runs once it lived as long as this, in seconds, or
# ended well: a wrong command fails sooner.
RUNS_AFTER = 0.1

LOG_LINES_SHOWN = 8

Progress = Callable[[str], None]


@dataclass(slots=True)
class _Starting:
    """A process between its start and its being ready."""

    spec: Spec
    record: ProcessRecord
    probe: Probe
    pipe: int
    deadline: Deadline


class Runtime:
    """Starts, finds and ends what one sandbox is made of; every change is recorded at once."""

    def __init__(self, folder: StateFolder, sandbox: SandboxRecord) -> None:
        """Continue from what `sandbox` remembers."""
        self.folder = folder
        self.record = sandbox
        self._carriers: dict[Place, Carrier[Any]] = {"process": Processes(folder)}

    def _carrier(self, place: Place) -> Carrier[Any]:
        if place == "container" and place not in self._carriers:
            from sandbox.runtime.containers import Containers  # noqa: PLC0415 - 150 ms

            self._carriers[place] = Containers(self.folder, self.record)
        return self._carriers[place]

    def _of(self, known: ProcessRecord) -> Carrier[Any]:
        return self._carrier(known.place)

    def save(self, sandbox: SandboxRecord) -> None:
        """Remember the sandbox as it is now."""
        if sandbox.session != self.record.session:
            self._carriers.pop("container", None)
        self.record = sandbox
        record.save(self.folder.path, sandbox)

    def is_alive(self, name: str) -> bool:
        """Tell whether the process of that name runs."""
        known = self.record.processes.get(name)
        return known is not None and self._of(known).is_running(known)

    def is_ready(self, name: str) -> bool:
        """Tell whether the process of that name became ready and still runs."""
        known = self.record.processes.get(name)
        return known is not None and known.phase == "ready" and self._of(known).is_running(known)

    def is_there(self, name: str) -> bool:
        """Tell whether the data of a service is there, whether it runs or not."""
        known = self.record.processes.get(name)
        return known is not None and self._of(known).is_there(known)

    def log_of(self, name: str) -> Path:
        """Name the log of a service or an app, once it holds all that was printed so far."""
        log = self.folder.log(name)
        known = self.record.processes.get(name)
        if known is not None:
            self._of(known).collect_log(known, log)
        return log

    def calls_of(self, name: str) -> Path:
        """Name the call log of a service, once it holds all calls so far."""
        calls = self.folder.calls(name)
        known = self.record.processes.get(name)
        if known is not None:
            self._of(known).collect_calls(known, calls)
        return calls

    def start(self, specs: Sequence[Spec], *, on_ready: Progress | None = None) -> None:
        """Start processes side by side, each after those that it names, and wait for all.

        Raises PortTakenError, ServiceFailedError (it died, with the end of its log), DeadlineError
        (it was not ready in time, with what was last seen), or UsageError (they wait for each
        other).
        """
        waiting = list(specs)
        starting: dict[str, _Starting] = {}
        names = {spec.name for spec in specs}
        pause = 0.001
        try:
            while waiting or starting:
                blocked = {each.name for each in waiting} | set(starting)
                free = [each for each in waiting if not blocked & set(each.after) & names]
                if not free and not starting:
                    raise _wait_for_each_other(waiting)
                waiting = [each for each in waiting if each not in free]
                for spec in free:
                    starting[spec.name] = self._launch(spec)
                ready = [each for each in starting.values() if self._advance(each)]
                for each in ready:
                    del starting[each.spec.name]
                    if on_ready:
                        on_ready(each.spec.name)
                pause = 0.001 if ready else min(pause * 1.5, 0.02)
                _watch(starting.values(), pause)
        finally:
            for each in starting.values():
                _close(each.pipe)
        for known in (self.record.processes[spec.name] for spec in specs):
            if not self._of(known).is_running(known) and not self._of(known).has_succeeded(known):
                raise self._died(known, "just after it was ready")

    def _launch(self, spec: Spec) -> _Starting:
        self._check_port(spec)
        known = self.record.processes.get(spec.name)
        log = self.log_of(spec.name)
        log_from = log.stat().st_size if log.exists() else 0
        entry = ProcessRecord(
            name=spec.name,
            kind=spec.kind,
            token=secrets.token_hex(8),
            port=spec.port,
            control_port=known.control_port if known else None,
            log_from=log_from,
            is_variant=spec.is_variant,
            story_from=known.story_from if known else log_from,
            begins=log_from,
        )
        if isinstance(spec, ContainerSpec):
            entry = _in_container(entry, spec, known)
        self.save(self.record.with_process(entry))
        try:
            launched = self._of(entry).launch(spec, entry, log)
        except ServiceFailedError as error:
            self.save(_without(self.record, spec.name))
            raise ServiceFailedError(f"{spec.name}: {error.message}", hint=error.hint) from error
        self.save(self.record.with_process(launched.record))
        looking = probe(
            spec.ready,
            port=spec.port,
            log=log,
            log_from=log_from,
            pipe=launched.pipe,
            is_published=entry.place == "container",
        )
        return _Starting(spec, launched.record, looking, launched.pipe, Deadline(spec.within))

    def _check_port(self, spec: Spec) -> None:
        if spec.port is None:
            return
        if is_listening(Endpoint(LOOPBACK, spec.port)) or not is_free(spec.port):
            raise _port_taken(spec.name, spec.port, pinned=spec.pinned)

    def _advance(self, each: _Starting) -> bool:
        """Look once whether `each` is ready, and record it; raises where it never will be."""
        if isinstance(each.spec.ready, ReadyLog):
            self.log_of(each.spec.name)
        listening = each.probe.look()
        if isinstance(each.spec.ready, ReadyOnceRunning) and not self._has_run(each):
            listening = None
        if listening is None:
            self._check_still_coming(each)
            return False
        ready = replace(
            each.record,
            phase="ready",
            port=listening.port,
            control_port=listening.control_port or each.record.control_port,
        )
        self.save(self.record.with_process(ready))
        _close(each.pipe)
        each.pipe = -1
        return True

    def _has_run(self, each: _Starting) -> bool:
        succeeded = self._of(each.record).has_succeeded(each.record)
        return each.deadline.spent >= RUNS_AFTER or succeeded

    def _check_still_coming(self, each: _Starting) -> None:
        if not self._of(each.record).is_running(each.record):
            raise self._died(each.record, "before it was ready")
        if each.deadline.passed:
            raise DeadlineError(
                f"{each.spec.name} was not ready within {each.deadline.seconds:g} s: "
                f"{each.probe.seen()}",
                hint=f"its log: sandbox logs {each.spec.name}",
            )

    def _died(self, known: ProcessRecord, when: str) -> ServiceFailedError:
        how = self._of(known).exit_status(known)
        said = self.last_lines(known.name)
        return ServiceFailedError(
            f"{known.name} {how} {when}" + (f":\n{said}" if said else ""),
            hint=f"its whole log: sandbox logs {known.name}",
        )

    def last_lines(self, name: str, count: int = LOG_LINES_SHOWN) -> str:
        """Give the last lines that the present run of a process wrote, each indented."""
        known = self.record.processes[name]
        lines = read_from(self.log_of(name), known.log_from).splitlines()[-count:]
        return "\n".join(f"  | {line}" for line in lines)

    def stop(self, names: Iterable[str], *, within: float = STOP_WITHIN) -> list[str]:
        """Stop processes in order, side by side; returns those that had to be killed."""
        known = [self.record.processes[name] for name in names if name in self.record.processes]
        killed: list[str] = []
        for place in dict.fromkeys(each.place for each in known):
            there = [each for each in known if each.place == place]
            killed += self._carrier(place).end(there, within=within)
        self._mark_stopped(known)
        return killed

    @property
    def network(self) -> str | None:
        """The network that containers are on; None where nothing runs in containers."""
        if self.record.runtime != "docker":
            return None
        return self._carrier("container").network

    def discard(self) -> None:
        """Remove what is kept outside of the state folder: containers, and their network."""
        for name in self.record.processes:
            self.log_of(name)
        if self.record.runtime == "docker":
            self._carrier("container")
        for carrier in self._carriers.values():
            carrier.discard()

    def kill(self, name: str) -> None:
        """SIGKILL a process and its children; raises ServiceFailedError where it does not run."""
        known = self.record.processes.get(name)
        if known is None or not self._of(known).kill(known):
            raise ServiceFailedError(f"{name} does not run, so it cannot be killed")
        self._mark_stopped([known])

    def begin_story(self) -> None:
        """Count as log of the present story only what is written from now on."""
        changed = self.record
        for name, each in self.record.processes.items():
            log = self.log_of(name)
            size = log.stat().st_size if log.exists() else 0
            changed = changed.with_process(replace(each, story_from=size))
        self.save(changed)

    def forget(self, name: str) -> None:
        """Drop what is remembered of a process that was stopped, its port too."""
        self.save(_without(self.record, name))

    def _mark_stopped(self, ended: Sequence[ProcessRecord]) -> None:
        changed = self.record
        for each in ended:
            changed = changed.with_process(replace(each, phase="stopped"))
        self.save(changed)


def _watch(starting: Iterable[_Starting], seconds: float) -> None:
    """Wait until a process says something on its pipe or closes it, at most `seconds`."""
    pipes = {each.pipe: each for each in starting if each.pipe >= 0}
    for pipe in select.select(list(pipes), [], [], seconds)[0]:
        # Only who announces itself writes; of others it is the end: they died, or closed what
        # they inherited, and there is nothing more to see here.
        if not isinstance(pipes[pipe].spec.ready, ReadyPipe):
            _close(pipe)
            pipes[pipe].pipe = -1


def _wait_for_each_other(waiting: Sequence[Spec]) -> UsageError:
    names = ", ".join(each.name for each in waiting)
    return UsageError(f"these wait for each other: {names}", hint="look at their `after`")


def _in_container(
    entry: ProcessRecord, spec: ContainerSpec, known: ProcessRecord | None
) -> ProcessRecord:
    """Give the record of a container; a service that was stopped goes on in its own, with its data."""
    entry = replace(
        entry,
        place="container",
        calls=spec.calls,
        control_port=spec.control[0] if spec.control else None,
    )
    if known is None or known.place != "container" or spec.kind == "app":
        return entry
    return replace(entry, token=known.token, container=known.container, begins=known.begins)


def _without(sandbox: SandboxRecord, name: str) -> SandboxRecord:
    rest = {key: each for key, each in sandbox.processes.items() if key != name}
    return replace(sandbox, processes=rest)


def _port_taken(name: str, port: int, *, pinned: bool) -> PortTakenError:
    hint = (
        f"end what listens there, or change the port of {name} in sandbox.toml"
        if pinned
        else "end what listens there, or start anew: sandbox down, then sandbox up"
    )
    return PortTakenError(f"{name}: port {port} is in use by another process", hint=hint)


def _close(descriptor: int) -> None:
    if descriptor >= 0:
        with suppress(OSError):
            os.close(descriptor)
