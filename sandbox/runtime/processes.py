"""Carry services and apps as processes of this machine: no Docker."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.runtime import process
from sandbox.runtime.carrier import Launched
from sandbox.runtime.spec import PORT, READY_FD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sandbox.runtime.folder import StateFolder
    from sandbox.runtime.record import ProcessRecord
    from sandbox.runtime.spec import ProcessSpec


class Processes:
    """The processes of one sandbox (see Carrier); they write their logs themselves."""

    def __init__(self, folder: StateFolder) -> None:
        """Carry what works in `folder`."""
        self._folder = folder

    def launch(self, spec: ProcessSpec, record: ProcessRecord, log: Path) -> Launched:
        """Start a process; its pipe is what READY_FD names."""
        read_end, write_end = os.pipe()
        values = {PORT: str(spec.port), READY_FD: str(write_end)}
        environment = {name: values.get(each, each) for name, each in spec.environment.items()}
        environment[process.FOLDER_VARIABLE] = str(self._folder.path)
        try:
            pid, started = process.spawn(
                _fill(spec.command, values),
                token=record.token,
                directory=spec.directory,
                environment=environment,
                log=log,
                pass_fds=(write_end,),
            )
        except BaseException:
            # Ctrl-C, say. It may run by now, and is found by the token in its record.
            with suppress(OSError):
                os.close(read_end)
            raise
        finally:
            os.close(write_end)
        return Launched(replace(record, pid=pid, started=started), read_end)

    def is_running(self, record: ProcessRecord) -> bool:
        """Tell whether it runs."""
        return process.find(record) is not None

    def is_there(self, record: ProcessRecord) -> bool:
        """Tell that it is: in the state folder."""
        del record
        return True

    def has_succeeded(self, record: ProcessRecord) -> bool:
        """Tell whether it is known to have ended with exit code 0."""
        return process.has_succeeded(record)

    def exit_status(self, record: ProcessRecord) -> str:
        """Say how it ended."""
        return process.exit_status(record)

    def end(self, records: Iterable[ProcessRecord], *, within: float) -> list[str]:
        """SIGTERM, and SIGKILL after `within` seconds."""
        return process.end(records, within=within)

    def kill(self, record: ProcessRecord) -> bool:
        """SIGKILL it and its children."""
        return process.kill(record)

    def collect_log(self, record: ProcessRecord, log: Path) -> None:
        """Do nothing: it writes there itself."""

    def collect_calls(self, record: ProcessRecord, calls: Path) -> None:
        """Do nothing: it writes there itself."""

    @property
    def network(self) -> None:
        """None: they are on this machine's."""

    def discard(self) -> None:
        """Do nothing: all is in the state folder."""


def _fill(command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    return [values.get(part, part) for part in command]
