"""Start a sandbox, or what is missing of it."""

from __future__ import annotations

import shutil
import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.fixtures import seed as seeding
from sandbox.runtime import process, record
from sandbox.runtime.embedded import STOP_WITHIN
from sandbox.runtime.record import SandboxRecord
from sandbox.services import model_server, object_store
from sandbox.services.importing import importing_clients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.runtime.embedded import Progress
    from sandbox.runtime.folder import StateFolder
    from sandbox.services.live import Live


def up(live: Live, say: Progress, *, apps: bool) -> None:
    """Bring a sandbox up; the caller holds its lock.

    One that is up already gets what died started again, on the same ports and data, and apps that a
    scenario's variant changed as sandbox.toml has them. One whose start
    was interrupted is cleaned up first. When this fails or is interrupted, nothing of a fresh start
    is left.
    """
    if live.runtime.record.seeded is not None:
        _revive(live, say, apps=apps)
        return
    if live.was_known:
        say("an earlier start was interrupted: cleaning up what it left")
    clear(live)
    with _all_or_nothing(live):
        _start_fresh(live, say, apps=apps)


def _start_fresh(live: Live, say: Progress, *, apps: bool) -> None:
    fresh = SandboxRecord(name=live.config.name, config=str(live.config.path))
    live.runtime.save(fresh)
    with importing_clients():
        live.start_services(on_ready=lambda name: say(f"{name} ready"))
    versions = seeding.seed(live)
    say("seeded")
    if apps:
        live.start_apps(live.config.apps, on_ready=lambda name: say(f"{name} ready"))
    live.runtime.save(replace(live.runtime.record, seeded=versions))


def _revive(live: Live, say: Progress, *, apps: bool) -> None:
    dead = [name for name in live.service_names() if not live.runtime.is_ready(name)]
    if dead:
        say(f"starting again, with the data that they left: {', '.join(dead)}")
        live.runtime.stop(dead)
        live.start_services(dead, on_ready=lambda name: say(f"{name} ready"))
    if object_store.NAME in dead:
        live.object_store().apply(live.config.object_store.buckets)
    if model_server.NAME in dead:
        seeding.load_models(live)
    known = live.runtime.record.processes
    missing = {
        name: app
        for name, app in live.config.apps.items()
        if not live.runtime.is_ready(name) or known[name].is_variant
    }
    if apps and missing:
        live.runtime.stop(list(missing))
        live.start_apps(missing, on_ready=lambda name: say(f"{name} ready"))


def clear(live: Live) -> list[str]:
    """End every process of a sandbox, apps first, and remove its data; its logs stay.

    Returns the names of those that had to be killed.
    """
    known = live.runtime.record.processes
    apps = [name for name, each in known.items() if each.kind == "app"]
    services = [name for name, each in known.items() if each.kind == "service"]
    killed = live.runtime.stop(apps) + live.runtime.stop(services)
    _forget(live.folder)
    live.runtime.record = SandboxRecord(name=live.config.name, config=str(live.config.path))
    return killed


def sweep(folder: StateFolder) -> None:
    """Do as `clear`, where what is remembered cannot be read: by what the processes carry."""
    process.sweep(folder.path, within=STOP_WITHIN)
    _forget(folder)


def _forget(folder: StateFolder) -> None:
    for room in ("data", "calls"):
        shutil.rmtree(folder.path / room, ignore_errors=True)
    folder.events.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        (folder.path / record.STATE_FILE).unlink()
    folder.make()


@contextmanager
def _all_or_nothing(live: Live) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with _undisturbed():
            clear(live)
        raise


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C end the cleaning up half way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
