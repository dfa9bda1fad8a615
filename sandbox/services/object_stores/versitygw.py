"""VersityGW: an S3 gateway in Go on a folder of files, Apache-2.0 (github.com/versity/versitygw).

Never with `--keep-alive`: a third faster, but some writes by pyarrow then fail with 400.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.endpoint import LOOPBACK
from sandbox.runtime.spec import ContainerSpec, ProcessSpec, ReadyHttp
from sandbox.services.environment import ACCESS_KEY, REGION, SECRET_KEY, process_environment
from sandbox.services.object_stores.binary import find_binary
from sandbox.services.roles import DATA, INSIDE

if TYPE_CHECKING:
    from sandbox.config.definition import Config
    from sandbox.runtime.folder import StateFolder

NAME = "object_store"
HEALTH = "/health"
CREDENTIALS = {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}


def _arguments(address: str, data: str, *attributes: str) -> tuple[str, ...]:
    """Give its arguments; versions lie outside the objects, and paths are absolute."""
    return (
        *("--port", address, "--region", REGION, "--quiet", "--health", HEALTH),
        # Without it, an unknown key is answered 404 rather than 403.
        *("--iam-dir", f"{data}/iam", "posix", *attributes),
        *("--versioning-dir", f"{data}/versions", f"{data}/objects"),
    )


def process(config: Config, folder: StateFolder, port: int) -> ProcessSpec:
    """Say how it is started as a process; raises ConfigError where it is not installed.

    What is known of an object lies in files beside: not every file system keeps attributes.
    """
    data = folder.data(NAME)
    rooms = [str(data / room) for room in ("iam", "versions", "objects", "attributes")]
    arguments = _arguments(f"{LOOPBACK}:{port}", str(data), "--sidecar", str(data / "attributes"))
    made_first = 'mkdir -p "$1" "$2" "$3" "$4" && shift 4 && exec "$@"'
    return ProcessSpec(
        name=NAME,
        kind="service",
        command=(
            "sh",
            "-c",
            made_first,
            "sh",
            *rooms,
            find_binary(config, "versitygw"),
            *arguments,
        ),
        directory=folder.path,
        environment={**process_environment({}), **CREDENTIALS},
        ready=ReadyHttp(HEALTH),
        port=port,
        pinned=config.object_store.port is not None,
    )


def container(config: Config, port: int) -> ContainerSpec:
    """Say how it is started in a container."""
    inside = INSIDE[NAME]
    made_first = f'mkdir -p {DATA}/iam {DATA}/versions {DATA}/objects && exec versitygw "$@"'
    return ContainerSpec(
        name=NAME,
        kind="service",
        image=config.images.versitygw,
        alias=inside.host,
        entrypoint=("sh", "-c", made_first, "versitygw"),
        command=_arguments(f":{inside.port}", DATA),
        environment=CREDENTIALS,
        ready=ReadyHttp(HEALTH),
        port=port,
        listens=inside.port,
        pinned=config.object_store.port is not None,
    )
