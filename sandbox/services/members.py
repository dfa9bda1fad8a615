"""Members of consumer groups that died, and are members still: nobody waits for their sessions' end.

The embedded stream knows whose connection is gone. A Kafka waits for each as long as its session
lasts, 45 s by default, unless an administrator puts it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.services import stream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sandbox.config.definition import App
    from sandbox.services.live import Live


def expire_sessions(live: Live, apps: Iterable[str] | None = None) -> None:
    """Have consumer groups let go of members that died.

    Of a Kafka it is all members of the groups that `apps`, which do not run, are declared to read
    in and no app that runs is; of all groups where nothing is said, as before a reset. Of one that
    is shared with others, it is only that last, where it is allowed.
    """
    control = live.control_of_stream()
    if control is not None:
        control.expire_sessions()
    elif _may_put_out(live) or (apps is None and stream.NAME in live.external and live.is_allowed):
        groups = None if apps is None else _groups_of(live, apps, live.running_apps())
        if groups != []:
            with live.stream() as client:
                client.put_out(groups)


def put_out_ghosts(live: Live, groups: Iterable[str]) -> None:
    """End the membership of all in those of `groups` that have more members than apps that run.

    An app that ended while it joined can become a member after its end: a broker reads what it had
    sent when it comes to it. Nobody reads what is assigned to such a member, until its session
    ends. The embedded stream knows better: there this does nothing.
    """
    if not _may_put_out(live):
        return
    declared = live.config.apps
    running = live.running_apps()
    with live.stream() as client:
        haunted = [
            group
            for group, count in client.members(groups).items()
            if count > sum(group in _read_by(app, declared) for app in running)
        ]
        if haunted:
            client.put_out(haunted)


def _may_put_out(live: Live) -> bool:
    """Tell whether members can be put out, and nobody else's: of a Kafka that is the sandbox's."""
    return live.plan.in_containers and live.runtime.is_alive(stream.NAME)


def _groups_of(live: Live, apps: Iterable[str], others: Iterable[str]) -> list[str]:
    """Give the groups that `apps` are declared to read in, and `others` are not."""
    declared = live.config.apps
    theirs = {group for name in others for group in _read_by(name, declared)}
    ours = {group for name in apps for group in _read_by(name, declared)}
    return sorted(ours - theirs)


def _read_by(name: str, declared: Mapping[str, App]) -> Collection[str]:
    """Give the groups that an app reads in: one that sandbox.toml no longer has, in none."""
    return declared[name].consumes.values() if name in declared else ()
