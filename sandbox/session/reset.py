"""Bring a sandbox back to its seed, so that the next test meets what the first one met."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.fixtures import seed as seeding
from sandbox.services.importing import importing_clients

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sandbox.config.definition import App
    from sandbox.runtime.runtime import Progress
    from sandbox.services.live import Live


def reset(live: Live, apps: Mapping[str, App], say: Progress) -> None:
    """Stop what apps run, restore every service, start services that died, then start `apps`.

    Apps are stopped, not killed, so that each leaves its consumer group before that is deleted; for
    that, and for all that follows, the stream must be well.
    """
    live.lift_faults()
    live.runtime.save(replace(live.runtime.record, owed=list(apps)))
    with importing_clients():
        live.runtime.stop({*live.running_apps(), *live.started_apps()})
    live.runtime.begin_story()
    dead = [name for name in live.service_names() if not live.runtime.is_ready(name)]
    if dead:
        say(f"starting again what does not run: {', '.join(dead)}")
        live.runtime.stop(dead)
        live.start_services(dead)
    versions = seeding.restore(live, live.runtime.record.seeded or {})
    live.runtime.save(replace(live.runtime.record, seeded=versions))
    live.start_apps(apps)
    live.runtime.save(replace(live.runtime.record, owed=[]))


def forget_others(live: Live, apps: Collection[str]) -> None:
    """Forget stopped apps that have no part in what comes: nobody waits for them to read.

    One that fills a service's role stays known, for the link before it leads to its port.
    """
    stay = {*apps, *live.config.provided.values()}
    for name, process in dict(live.runtime.record.processes).items():
        if process.kind == "app" and name not in stay:
            live.runtime.forget(name)
