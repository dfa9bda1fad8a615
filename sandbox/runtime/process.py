"""Processes that we started: start, recognise, end. Never by name, always by identity."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
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

# And this one, which names the sandbox's state folder.
FOLDER_VARIABLE = "SANDBOX_STATE_DIR"

# Creation times may differ by the rounding of the kernel's clock, never by this much.
SAME_MOMENT = 1.0

# Children of this very process, by token: they must be waited for, or they stay as zombies.
_children: dict[str, subprocess.Popen[bytes]] = {}


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
    try:
        with log.open("ab") as output:
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
        culprit = "" if error.filename in (None, command[0]) else f": {error.filename}"
        raise ServiceFailedError(
            f"cannot run {command[0]!r}: {problem}{culprit}",
            hint="is it installed, and is its folder right?",
        ) from error
    _children[token] = child
    try:
        return child.pid, psutil.Process(child.pid).create_time()
    except psutil.NoSuchProcess:
        return child.pid, 0.0


def find(record: ProcessRecord) -> psutil.Process | None:
    """Give the living process that `record` speaks of, or None."""
    if record.pid is None:
        return _find_by_token(record.token)
    child = _children.get(record.token)
    if child is not None and child.poll() is not None:
        return None
    try:
        process = psutil.Process(record.pid)
        if child is None and _is_zombie(process):
            return None
        is_it = abs(process.create_time() - (record.started or 0.0)) < SAME_MOMENT
        return process if is_it or _token_of(process) == record.token else None
    except psutil.Error:
        # Gone, or somebody else's by now.
        return None


def _is_zombie(process: psutil.Process) -> bool:
    """Tell whether nothing of it runs any more: its other threads may outlive the first one."""
    return bool(process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1)


def _find_by_token(token: str) -> psutil.Process | None:
    """Find the process that carries `token`, rather than one of its children."""
    found = [each for each in psutil.process_iter() if _token_of(each) == token]
    leaders = [each for each in found if _group_of(each) == each.pid]
    return next(iter(leaders or found), None)


def _token_of(process: psutil.Process) -> str | None:
    try:
        found: str | None = process.environ().get(TOKEN_VARIABLE)
    except (psutil.Error, OSError):
        return None
    return found


def has_succeeded(record: ProcessRecord) -> bool:
    """Tell whether a process of ours is known to have ended with exit code 0."""
    child = _children.get(record.token)
    return child is not None and child.poll() == 0


def exit_status(record: ProcessRecord) -> str:
    """Say how a process of ours ended, where that can still be known."""
    child = _children.get(record.token)
    code = child.poll() if child else None
    if code is None:
        return "ended"
    if code < 0:
        return f"ended by {_name_of(-code)}"
    return f"ended with exit code {code}"


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def end(records: Iterable[ProcessRecord], *, within: float) -> list[str]:
    """End processes: SIGTERM to each and its children, SIGKILL to what is left after `within` s.

    Returns the names of those of which something had to be killed.
    """
    there = [record for record in records if _signal(record, signal.SIGTERM)]
    deadline = Deadline(within)
    killed = []
    for record in there:
        if not _gone_within(record, deadline):
            killed.append(record.name)
            _signal(record, signal.SIGKILL)
            _gone_within(record, Deadline(5))
    return killed + [name for name in _end_strays(there) if name not in killed]


def _end_strays(records: Sequence[ProcessRecord]) -> list[str]:
    """SIGKILL what processes that are gone have left in sessions of its own, as daemons are.

    Returns the names of those that left something.
    """
    names = {record.token: record.name for record in records}
    left = []
    for each in psutil.process_iter() if names else ():
        name = names.get(_token_of(each) or "")
        if name is not None:
            left.append(name)
            with suppress(psutil.NoSuchProcess):
                each.kill()
    return left


def kill(record: ProcessRecord) -> bool:
    """SIGKILL a process and its children; tells whether there was one."""
    was_there = find(record) is not None
    _signal(record, signal.SIGKILL)
    _gone_within(record, Deadline(5))
    return was_there


def send(record: ProcessRecord, number: signal.Signals) -> bool:
    """Send a signal to a process and its children; tells whether there was one."""
    was_there = find(record) is not None
    _signal(record, number)
    return was_there


def sweep(folder: Path, *, within: float) -> int:
    """End every process that a sandbox started in `folder`: for when none is remembered.

    Returns how many there were.
    """
    there = [each for each in psutil.process_iter() if _works_in(each, folder)]
    found = len(there)
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for each in there:
            with suppress(psutil.NoSuchProcess):
                end(each)
        _, there = psutil.wait_procs(there, timeout=within)
    return found


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        variables = process.environ()
    except (psutil.Error, OSError):
        return False
    return TOKEN_VARIABLE in variables and variables.get(FOLDER_VARIABLE) == str(folder)


def _gone_within(record: ProcessRecord, deadline: Deadline) -> bool:
    try:
        return wait_until(lambda: _group(record) is None, within=deadline, waiting_for="its end")
    except DeadlineError:
        return False


def _signal(record: ProcessRecord, number: signal.Signals) -> bool:
    """Signal all that is left of a process and its children; tells whether anything was."""
    group = _group(record)
    if group is None:
        return False
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers EPERM for a group of zombies only.
        return False
    return True


def _group(record: ProcessRecord) -> int | None:
    """Name the process group of a process, while it or a child of it that is left lives."""
    leader = find(record)
    if leader is not None:
        return _group_of(leader)
    if record.pid is not None and _group_is_ours(record.pid, record.token):
        return record.pid
    return None


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
    except (ProcessLookupError, PermissionError):
        return None
