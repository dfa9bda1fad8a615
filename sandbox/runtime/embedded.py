"""The embedded runtime: services and apps as processes of this machine, no Docker."""

from __future__ import annotations

import os
import secrets
import select
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox.clock import Deadline
from sandbox.endpoint import LOOPBACK, Endpoint, is_listening
from sandbox.errors import DeadlineError, PortTakenError, ServiceFailedError, UsageError
from sandbox.runtime import process, record
from sandbox.runtime.ports import is_free
from sandbox.runtime.readiness import Probe, probe, read_from
from sandbox.runtime.record import ProcessRecord, SandboxRecord
from sandbox.runtime.spec import PORT, READY_FD, ProcessSpec, ReadyOnceRunning, ReadyPipe

if TYPE_CHECKING:
    from sandbox.runtime.folder import StateFolder

STOP_WITHIN = 10.0

# A process that tells nobody when it is ready runs once it lived as long as this, in seconds, or
# ended well: a wrong command fails sooner.
RUNS_AFTER = 0.1

LOG_LINES_SHOWN = 8

Progress = Callable[[str], None]


@dataclass(slots=True)
class _Starting:
    """A process between its start and its being ready."""

    spec: ProcessSpec
    record: ProcessRecord
    probe: Probe
    pipe: int
    deadline: Deadline


class EmbeddedRuntime:
    """Starts, finds and ends the processes of one sandbox; every change is recorded at once."""

    def __init__(self, folder: StateFolder, sandbox: SandboxRecord) -> None:
        """Continue from what `sandbox` remembers."""
        self.folder = folder
        self.record = sandbox

    def save(self, sandbox: SandboxRecord) -> None:
        """Remember the sandbox as it is now."""
        self.record = sandbox
        record.save(self.folder.path, sandbox)

    def is_alive(self, name: str) -> bool:
        """Tell whether the process of that name runs."""
        known = self.record.processes.get(name)
        return known is not None and process.find(known) is not None

    def is_ready(self, name: str) -> bool:
        """Tell whether the process of that name became ready and still runs."""
        known = self.record.processes.get(name)
        return known is not None and known.phase == "ready" and process.find(known) is not None

    def start(self, specs: Sequence[ProcessSpec], *, on_ready: Progress | None = None) -> None:
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
            if process.find(known) is None and not process.has_succeeded(known):
                raise self._died(known, "just after it was ready")

    def _launch(self, spec: ProcessSpec) -> _Starting:
        self._check_port(spec)
        known = self.record.processes.get(spec.name)
        log = self.folder.log(spec.name)
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
        )
        self.save(self.record.with_process(entry))
        read_end, write_end = os.pipe()
        values = {PORT: str(spec.port), READY_FD: str(write_end)}
        environment = {name: values.get(each, each) for name, each in spec.environment.items()}
        environment[process.FOLDER_VARIABLE] = str(self.folder.path)
        try:
            pid, started = process.spawn(
                _fill(spec.command, values),
                token=entry.token,
                directory=spec.directory,
                environment=environment,
                log=log,
                pass_fds=(write_end,),
            )
        except ServiceFailedError as error:
            _close(read_end)
            self.save(_without(self.record, spec.name))
            raise ServiceFailedError(f"{spec.name}: {error.message}", hint=error.hint) from error
        except BaseException:
            # Ctrl-C, say. It may run by now, and is found by the token in its record.
            _close(read_end)
            raise
        finally:
            os.close(write_end)
        entry = replace(entry, pid=pid, started=started)
        self.save(self.record.with_process(entry))
        looking = probe(spec.ready, port=spec.port, log=log, log_from=log_from, pipe=read_end)
        return _Starting(spec, entry, looking, read_end, Deadline(spec.within))

    def _check_port(self, spec: ProcessSpec) -> None:
        if spec.port is None:
            return
        if is_listening(Endpoint(LOOPBACK, spec.port)) or not is_free(spec.port):
            raise _port_taken(spec.name, spec.port, pinned=spec.pinned)

    def _advance(self, each: _Starting) -> bool:
        """Look once whether `each` is ready, and record it; raises where it never will be."""
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
            control_port=listening.control_port,
        )
        self.save(self.record.with_process(ready))
        _close(each.pipe)
        each.pipe = -1
        return True

    def _has_run(self, each: _Starting) -> bool:
        return each.deadline.spent >= RUNS_AFTER or process.has_succeeded(each.record)

    def _check_still_coming(self, each: _Starting) -> None:
        if process.find(each.record) is None:
            raise self._died(each.record, "before it was ready")
        if each.deadline.passed:
            raise DeadlineError(
                f"{each.spec.name} was not ready within {each.deadline.seconds:g} s: "
                f"{each.probe.seen()}",
                hint=f"its log: sandbox logs {each.spec.name}",
            )

    def _died(self, known: ProcessRecord, when: str) -> ServiceFailedError:
        how = process.exit_status(known)
        said = self.last_lines(known.name)
        return ServiceFailedError(
            f"{known.name} {how} {when}" + (f":\n{said}" if said else ""),
            hint=f"its whole log: sandbox logs {known.name}",
        )

    def last_lines(self, name: str, count: int = LOG_LINES_SHOWN) -> str:
        """Give the last lines that the present run of a process wrote, each indented."""
        known = self.record.processes[name]
        lines = read_from(self.folder.log(name), known.log_from).splitlines()[-count:]
        return "\n".join(f"  | {line}" for line in lines)

    def stop(self, names: Iterable[str], *, within: float = STOP_WITHIN) -> list[str]:
        """Stop processes in order, side by side; returns those that had to be killed."""
        known = [self.record.processes[name] for name in names if name in self.record.processes]
        killed = process.end(known, within=within)
        self._mark_stopped(known)
        return killed

    def kill(self, name: str) -> None:
        """SIGKILL a process and its children; raises ServiceFailedError where it does not run."""
        known = self.record.processes.get(name)
        if known is None or not process.kill(known):
            raise ServiceFailedError(f"{name} does not run, so it cannot be killed")
        self._mark_stopped([known])

    def begin_story(self) -> None:
        """Count as log of the present story only what is written from now on."""
        changed = self.record
        for name, each in self.record.processes.items():
            log = self.folder.log(name)
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


def _wait_for_each_other(waiting: Sequence[ProcessSpec]) -> UsageError:
    names = ", ".join(each.name for each in waiting)
    return UsageError(f"these wait for each other: {names}", hint="look at their `after`")


def _fill(command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    return [values.get(part, part) for part in command]


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
