"""testcontainers' reaper (Ryuk): ends a test run's containers when the run is gone, however it went.

Its image is not everywhere to be had. Without it our own labels serve: who comes next removes what
the dead have left.
"""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from sandbox.errors import EngineError
from sandbox.runtime.containers.engine import connect, translated

if TYPE_CHECKING:
    from collections.abc import Mapping

# Which process owns a container that no sandbox does.
OWNER = "sandbox-ml.owner"
# To pull an image of 10 MB; where no registry answers, this is what it costs to find out.
PULLED_WITHIN = 15


def settle_reaper() -> str | None:
    """Have the reaper watch this process where its image can be had, and else switch it off.

    Gives a line that says so in the latter case. Raises EngineError where there is no engine.
    """
    from testcontainers.core.config import testcontainers_config as settings  # noqa: PLC0415
    from testcontainers.core.container import Reaper  # noqa: PLC0415 - 150 ms

    if settings.ryuk_disabled:
        return "testcontainers' reaper is switched off: a killed run is cleaned up by the next one"
    if not _has(settings.ryuk_image):
        settings.ryuk_disabled = True
        return (
            f"no image {settings.ryuk_image}, testcontainers' reaper:"
            " a killed run is cleaned up by the next one"
        )
    with translated("starting testcontainers' reaper"):
        Reaper.get_instance()
    return None


def _has(image: str) -> bool:
    import docker.errors  # noqa: PLC0415 - 130 ms

    client = connect()
    try:
        with translated(f"looking for {image}"):
            if client.images.list(name=image):
                return True
        client.api.timeout = PULLED_WITHIN
        with translated(f"pulling {image}"):
            client.images.pull(image)
    except (EngineError, docker.errors.DockerException):
        return False
    return True


def reaped_labels() -> Mapping[str, str]:
    """Give the labels by which the reaper knows what to end; none where it is off."""
    from testcontainers.core.config import testcontainers_config as settings  # noqa: PLC0415
    from testcontainers.core.labels import LABEL_SESSION_ID, SESSION_ID  # noqa: PLC0415

    return {} if settings.ryuk_disabled else {LABEL_SESSION_ID: SESSION_ID}


def owner() -> Mapping[str, str]:
    """Give the label of what this process owns."""
    me = psutil.Process()
    return {OWNER: f"{platform.node()}/{os.getpid()}/{me.create_time():.0f}"}


def remove_orphans() -> None:
    """Remove containers whose owner was a process of this machine that is gone."""
    client = connect()
    with translated("removing what a killed run has left"):
        found = client.api.containers(all=True, filters={"label": [OWNER]})
        for each in found:
            if _is_gone(each["Labels"][OWNER]):
                client.api.remove_container(each["Id"], force=True, v=True)


def _is_gone(owner_of: str) -> bool:
    node, _, rest = owner_of.partition("/")
    pid, _, started = rest.partition("/")
    if node != platform.node():
        return False
    with suppress(psutil.Error):
        return abs(psutil.Process(int(pid)).create_time() - float(started)) > 1
    return True
