"""Check the apps: what they are called, wait for, listen on, provide and consume."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from sandbox.config.definition import SERVICES
from sandbox.config.names import NAME_HINT, VARIABLE_HINT, is_name, is_variable

if TYPE_CHECKING:
    from sandbox.config.definition import App, Config, Ready
    from sandbox.document import Key
    from sandbox.document.verify import Verify


COMMAND_HINT = "command: a list of texts; or an image, for an app that runs in containers only"


def check_apps(config: Config, verify: Verify) -> None:
    """Raise ConfigError at the first app that cannot be."""
    for name, app in config.apps.items():
        key = ("apps", name)
        verify(is_name(name), key, f"{name!r} cannot be the name of an app", NAME_HINT)
        verify(name not in SERVICES, key, f"{name!r} is the name of a service")
        _check_app(config, app, key, verify)
    _check_order(config, verify)
    _check_provides(config, verify)


def _check_app(config: Config, app: App, key: Key, verify: Verify) -> None:
    written = verify.document.has((*key, "command"))
    verify(app.command or app.image or written, key, "the key 'command' is missing", COMMAND_HINT)
    verify(app.command or not written, (*key, "command"), "a command has one word or more")
    directory = config.folder / app.directory
    verify(directory.is_dir(), (*key, "directory"), f"there is no folder {directory}")
    for variable in app.environment:
        place = (*key, "environment", variable)
        verify(is_variable(variable), place, f"{variable!r} is no variable", VARIABLE_HINT)
    for at, other in enumerate(app.after):
        others = [*SERVICES, *config.apps]
        verify.known(other, others, (*key, "after", at), "service or app")
    for topic in app.consumes:
        place = (*key, "consumes", topic)
        verify.known(topic, config.stream.topics, place, "declared topic")
    if app.ready is not None:
        _check_ready(app.ready, (*key, "ready"), verify)


def _check_ready(ready: Ready, key: Key, verify: Verify) -> None:
    said = [ready.log is not None, ready.http is not None, ready.port]
    verify(sum(said) == 1, key, "an app is ready in one way", "say one of log, http and port")
    if ready.http is not None:
        hint = f"/{ready.http}"
        verify(ready.http.startswith("/"), (*key, "http"), "a path begins with a slash", hint)
    try:
        re.compile(ready.log or "")
    except re.error as problem:
        message = f"this is no regular expression: {problem}"
        raise verify.wrong((*key, "log"), message) from problem


def _check_order(config: Config, verify: Verify) -> None:
    order = TopologicalSorter({name: app.after for name, app in config.apps.items()})
    try:
        order.prepare()
    except CycleError as problem:
        # graphlib gives the circle with each before who waits for it.
        circle = list(reversed(problem.args[1]))
        message = f"apps wait for each other: {' → '.join(circle)}"
        raise verify.wrong(
            ("apps", circle[0], "after"), message, "take one of these out of its `after`"
        ) from problem


def _check_provides(config: Config, verify: Verify) -> None:
    provided: dict[str, str] = {}
    for name, app in config.apps.items():
        key = ("apps", name, "provides")
        if app.provides is None:
            continue
        message = f"{app.provides!r} is no variable"
        verify(is_variable(app.provides), key, message, VARIABLE_HINT)
        first = provided.setdefault(app.provides, name)
        verify(first == name, key, f"the app {first!r} provides {app.provides} already")
