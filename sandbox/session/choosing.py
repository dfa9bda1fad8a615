"""Choose the runtime of a fresh start, within a second, and say why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.config.definition import SERVICES
from sandbox.errors import EngineError
from sandbox.services import images

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.config.definition import Config
    from sandbox.runtime.containers.images import Image

EMBEDDED = "embedded"
DOCKER = "docker"
EXTERNAL = "external"
PROCESSES = "embedded: services are processes of this machine"


@dataclass(frozen=True, slots=True)
class Choice:
    """A runtime, and one line for people: which, why, and what to type for the other."""

    runtime: str
    line: str


def choose(config: Config) -> Choice:
    """Choose what `config.runtime` asks for; `auto` takes containers where they can start at once.

    Raises EngineError where containers are asked for and cannot be had.
    """
    if config.runtime == EXTERNAL:
        return Choice(EXTERNAL, _external(config))
    if config.runtime == EMBEDDED:
        return Choice(EMBEDDED, f"{PROCESSES} (in containers: --runtime docker)")
    try:
        why_not = _why_not(config)
    except EngineError as error:
        if config.runtime == DOCKER:
            raise
        why_not = error
    if why_not is None:
        how = "as asked" if config.runtime == DOCKER else "the engine answers and has every image"
        return Choice(DOCKER, f"in containers: {how} (without them: --runtime embedded)")
    if config.runtime == DOCKER:
        raise why_not
    return Choice(EMBEDDED, f"embedded: {why_not.message} (in containers: {_way(why_not)})")


def _external(config: Config) -> str:
    places = config.external.places
    there = ", ".join(f"{service} at {place}" for service, place in places.items())
    here = [name for name in SERVICES if name not in places and name not in config.provided]
    more = f"; embedded: {', '.join(here)}" if here else ""
    return f"external, {config.external.name}: {there}{more}"


def _why_not(config: Config) -> EngineError | None:
    """Say what keeps services from running in containers now; raises EngineError likewise."""
    from sandbox.runtime.containers.engine import connect  # noqa: PLC0415 - not where unasked
    from sandbox.runtime.containers.images import look  # noqa: PLC0415 - as above

    client = connect()
    found = look(client, {**images.of_services(config), **images.of_apps(config)})
    lacking = [each for each in found if each.state != "ready"]
    return _lacking(lacking, config) if lacking else None


def _lacking(images_: Sequence[Image], config: Config) -> EngineError:
    first = images_[0]
    more = f" and {len(images_) - 1} more" if len(images_) > 1 else ""
    if first.key in config.apps:
        return EngineError(
            f"the engine has no image {first.name}{more}", hint="build it, as your app's own"
        )
    if first.state == "outdated":
        return EngineError(
            f"the image {first.name}{more} is of another version of sandbox",
            hint="sandbox images build",
        )
    return EngineError(
        f"the engine has no image {first.name}{more}",
        hint="sandbox images build, or sandbox images pull",
    )


def _way(why_not: EngineError) -> str:
    """Say what to type to have containers."""
    hint = why_not.hint or "sandbox up --runtime docker"
    return hint.replace(", or go without: --runtime embedded", "")
