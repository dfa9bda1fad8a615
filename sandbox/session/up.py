"""Start a sandbox, or what is missing of it."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.errors import EngineError, UsageError
from sandbox.fixtures import seed as seeding
from sandbox.runtime import process, record
from sandbox.runtime.record import SandboxRecord
from sandbox.runtime.runtime import STOP_WITHIN
from sandbox.services import external, feature_server, model_server, object_store, stream
from sandbox.services.importing import importing_clients
from sandbox.session.choosing import DOCKER, EMBEDDED, EXTERNAL, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.runtime.folder import StateFolder
    from sandbox.runtime.runtime import Progress
    from sandbox.services.live import Live


def up(live: Live, say: Progress, *, apps: bool) -> None:
    """Bring a sandbox up; the caller holds its lock.

    One that is up already gets what died started again, on the same ports and data, and apps that a
    scenario's variant changed as sandbox.toml has them. One whose start
    was interrupted is cleaned up first. When this fails or is interrupted, nothing of a fresh start
    is left.
    """
    if live.runtime.record.seeded is not None:
        _check_runtime(live)
        if live.runtime.record.written not in ("", _written(live)):
            say(
                "sandbox.toml has changed since the start: sandbox reset takes up topics, buckets,"
                " features and apps; sandbox down, then up, takes up all"
            )
        _revive(live, say, apps=apps)
        return
    if live.was_known:
        say("an earlier start was interrupted: cleaning up what it left")
    clear(live)
    choice = choose(live.config)
    say(choice.line)
    if not live.was_known:
        left = end_forgotten(live.folder, in_containers=choice.runtime == DOCKER)
        if left:
            say(f"ended {left} that an earlier start left, and nothing remembered")
    with _all_or_nothing(live):
        live.runtime.save(fresh_record(live, choice.runtime))
        _start_fresh(live, say, apps=apps)


def _check_runtime(live: Live) -> None:
    """Refuse to go on in another runtime than what is up runs in."""
    asked, there = live.config.runtime, live.runtime.record.runtime
    if asked not in ("auto", there):
        raise UsageError(
            f"the sandbox {live.config.name!r} is up, {_in(there)}, and {asked!r} was asked for",
            hint="sandbox down first, or another beside it: sandbox --name OTHER up",
        )
    if there == EXTERNAL:
        external.check_is_same(live.config, live.runtime.record)
        live.check_external()


def _in(runtime: str) -> str:
    return "in containers" if runtime == DOCKER else runtime


def fresh_record(live: Live, runtime: str = EMBEDDED) -> SandboxRecord:
    """Give the record of a sandbox of which nothing runs yet."""
    named = live.config.external
    is_external = runtime == EXTERNAL
    return SandboxRecord(
        name=live.config.name,
        config=str(live.config.path),
        runtime=runtime,
        session=secrets.token_hex(8),
        labels=dict(live.labels),
        written=_written(live),
        target=named.name if is_external else "",
        external=named.places if is_external else {},
    )


def _written(live: Live) -> str:
    """Tell one sandbox.toml from another; tests have some that no file holds."""
    with suppress(OSError):
        return hashlib.sha256(live.config.path.read_bytes()).hexdigest()
    return ""


def _start_fresh(live: Live, say: Progress, *, apps: bool) -> None:
    live.check_external()
    if apps:
        live.plan.check_apps()
    with importing_clients():
        live.start_services(on_ready=lambda name: say(f"{name} ready"))
    versions = seeding.seed(live)
    say("seeded")
    if apps:
        live.start_apps(live.config.apps, on_ready=lambda name: say(f"{name} ready"))
    live.runtime.save(replace(live.runtime.record, seeded=versions))


def _revive(live: Live, say: Progress, *, apps: bool) -> None:
    dead = [name for name in live.service_names() if not live.runtime.is_ready(name)]
    lost = [name for name in dead if not live.runtime.is_there(name)]
    kept = [name for name in dead if name not in lost]
    if kept:
        say(f"starting again, with the data that they left: {', '.join(kept)}")
    if lost:
        say(f"starting anew, as their containers were removed with their data: {', '.join(lost)}")
    # Apps that still run would have the topics made as the broker's defaults say, before we do.
    held_back = live.running_apps() if stream.NAME in lost else []
    if dead:
        live.runtime.stop([*held_back, *dead])
        live.start_services(dead, on_ready=lambda name: say(f"{name} ready"))
    if object_store.NAME in dead:
        live.object_store().apply(live.config.object_store.buckets)
    _seed_anew(live, lost)
    if model_server.NAME in dead:
        seeding.load_models(live)
    known = live.runtime.record.processes
    missing = {
        name: app
        for name, app in live.config.apps.items()
        if not live.runtime.is_ready(name) or known[name].is_variant
    }
    if not apps:
        missing = {name: app for name, app in missing.items() if name in held_back}
    if missing:
        live.runtime.stop(list(missing))
        live.start_apps(missing, on_ready=lambda name: say(f"{name} ready"))
        live.runtime.save(replace(live.runtime.record, owed=[]))


def _seed_anew(live: Live, lost: Sequence[str]) -> None:
    """Put what is declared into services that lost their data."""
    if stream.NAME in lost:
        seeding.seed_stream(live)
    if object_store.NAME in lost:
        seeding.seed_objects(live)
    if feature_server.NAME in lost:
        seeding.seed_features(live)
        versions = seeding.feature_versions(live)
        live.runtime.save(replace(live.runtime.record, seeded=versions))


def clear(live: Live) -> list[str]:
    """End every process of a sandbox, apps first, and remove its data; its logs stay.

    Returns the names of those that had to be killed.
    """
    known = live.runtime.record.processes
    apps = [name for name, each in known.items() if each.kind == "app"]
    services = [name for name, each in known.items() if each.kind == "service"]
    killed = live.runtime.stop(apps)
    if live.runtime.record.runtime != DOCKER:
        # What is in containers is removed with them, and need not stop in order for that.
        killed += live.runtime.stop(services)
    live.runtime.discard()
    _forget(live.folder)
    live.runtime.record = SandboxRecord(name=live.config.name, config=str(live.config.path))
    return killed


def sweep(folder: StateFolder) -> int:
    """Do as `clear`, where what is remembered cannot be read.

    Returns how many processes and containers that ended.
    """
    ended = end_forgotten(folder)
    _forget(folder)
    return ended


def end_forgotten(folder: StateFolder, *, in_containers: bool = True) -> int:
    """End what was started for a state folder, by what each carries; gives how many that were."""
    ended = process.sweep(folder.path, within=STOP_WITHIN)
    return ended + (_sweep_containers(folder) if in_containers else 0)


def _sweep_containers(folder: StateFolder) -> int:
    from sandbox.runtime.containers import containers  # noqa: PLC0415 - where it is needed
    from sandbox.runtime.containers.engine import connect  # noqa: PLC0415 - as above

    try:
        connect()
    except EngineError:
        # Where no engine answers, nothing of ours runs in it.
        return 0
    return containers.sweep(folder.path)


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
