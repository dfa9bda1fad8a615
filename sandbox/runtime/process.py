"""Processes that we started: start, recognise, end. Never by name, always by identity."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import psutil

from sandbox.clock import Deadline, wait_until
from sandbox.errors import DeadlineError, ServiceFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sandbox.runtime.record import ProcessRecord

# Every process that a sandbox starts carries this variable; children inherit it.
TOKEN_VARIABLE = "SANDBOX_PROCESS"  # noqa: S105 - a name, no secret

# Creation times may differ by the rounding of the kernel's clock, never by this much.
SAME_MOMENT = 1.0

# Children of this very process must be waited for, or they stay as zombies.
_children: dict[int, subprocess.Popen[bytes]] = {}


def spawn(
    command: Sequence[str],
    *,
    token: str,
    directory: Path,
    environment: Mapping[str, str],
    log: Path,
    pass_fds: Sequence[int] = (),
) -> tuple[int, float]:
    """Start `command` in a session of its own, its output appended to `log`.

    Returns process id and creation time. Raises ServiceFailedError where it cannot be started.
    """
    with log.open("ab") as output:
        try:
            child = subprocess.Popen(
                command,
                cwd=directory,
                env={**environment, TOKEN_VARIABLE: token},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        except OSError as error:
            problem = error.strerror or str(error)
            culprit = error.filename or command[0]
            raise ServiceFailedError(
                f"cannot run {command[0]!r}: {problem}: {culprit}",
                hint="is it installed, and is its folder right?",
            ) from error
    _children[child.pid] = child
    try:
        return child.pid, psutil.Process(child.pid).create_time()
    except psutil.NoSuchProcess:
        return child.pid, 0.0


def find(record: ProcessRecord) -> psutil.Process | None:
    """Give the living process that `record` speaks of, or None."""
    if record.pid is None:
        return _find_by_token(record.token)
    child = _children.get(record.pid)
    if child is not None and child.poll() is not None:
        del _children[record.pid]
        return None
    try:
        process = psutil.Process(record.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        is_it = abs(process.create_time() - (record.started or 0.0)) < SAME_MOMENT
        return process if is_it or _token_of(process) == record.token else None
    except psutil.NoSuchProcess:
        return None


def _find_by_token(token: str) -> psutil.Process | None:
    return next((each for each in psutil.process_iter() if _token_of(each) == token), None)


def _token_of(process: psutil.Process) -> str | None:
    try:
        found: str | None = process.environ().get(TOKEN_VARIABLE)
    except (psutil.Error, OSError):
        return None
    return found


def exit_status(record: ProcessRecord) -> str:
    """Say how a process of ours ended, where that can still be known."""
    child = _children.get(record.pid or -1)
    code = child.poll() if child else None
    if code is None:
        return "ended"
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def end(records: Iterable[ProcessRecord], *, within: float) -> list[str]:
    """End processes: SIGTERM to each and its children, SIGKILL to what is left after `within` s.

    Returns the names of those that had to be killed.
    """
    targets = {record.name: (record, find(record)) for record in records}
    for record, process in targets.values():
        _signal_group(record, process, signal.SIGTERM)
    deadline = Deadline(within)
    killed = []
    for name, (record, process) in targets.items():
        if process is not None and not _gone_within(record, deadline):
            killed.append(name)
        _signal_group(record, process, signal.SIGKILL)
        if process is not None:
            _gone_within(record, Deadline(5))
    return killed


def kill(record: ProcessRecord) -> bool:
    """SIGKILL a process and its children; tells whether there was one."""
    process = find(record)
    _signal_group(record, process, signal.SIGKILL)
    return process is not None and _gone_within(record, Deadline(5))


def send(record: ProcessRecord, number: signal.Signals) -> bool:
    """Send a signal to a process and its children; tells whether there was one."""
    process = find(record)
    _signal_group(record, process, number)
    return process is not None


def _gone_within(record: ProcessRecord, deadline: Deadline) -> bool:
    try:
        return wait_until(lambda: find(record) is None, within=deadline, waiting_for="its end")
    except DeadlineError:
        return False


def _signal_group(
    record: ProcessRecord, leader: psutil.Process | None, number: signal.Signals
) -> None:
    """Signal the process group that the record's process leads, if it still is ours."""
    group = leader.pid if leader else record.pid
    if group is None:
        return
    if leader is None and not _group_is_ours(group, record.token):
        return
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers EPERM for a group of zombies only.
        return


def _group_is_ours(group: int, token: str) -> bool:
    """Tell whether a group whose leader is gone still has a member that carries our token."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return any(
        _token_of(each) == token for each in psutil.process_iter() if _group_of(each) == group
    )


def _group_of(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None
