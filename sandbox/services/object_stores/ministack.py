"""MiniStack: in Python, from PyPI; a process of this machine and nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from sandbox.errors import ConfigError, Where
from sandbox.runtime.spec import PORT, ProcessSpec, ReadyHttp
from sandbox.services.environment import ACCESS_KEY, SECRET_KEY, process_environment

if TYPE_CHECKING:
    from sandbox.config.definition import Config
    from sandbox.runtime.folder import StateFolder

NAME = "object_store"


def process(config: Config, folder: StateFolder, port: int) -> ProcessSpec:
    """Say how it is started as a process."""
    data = folder.data(NAME)
    return ProcessSpec(
        name=NAME,
        kind="service",
        command=(sys.executable, "-m", "ministack"),
        directory=folder.path,
        environment={
            **process_environment({}),
            "SERVICES": "s3",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": PORT,
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(data / "objects"),
            "STATE_DIR": str(data / "state"),
            "TMPDIR": str(data),
            # Beside a Docker engine it would look for containers of its own, and stop them.
            "DOCKER_HOST": f"unix://{data}/no-engine",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "LOG_LEVEL": "WARNING",
        },
        ready=ReadyHttp("/_ministack/health"),
        port=port,
        pinned=config.object_store.port is not None,
    )


def container(config: Config, port: int) -> NoReturn:
    """Refuse."""
    del port
    raise ConfigError(
        "ministack does not run in containers",
        where=Where(config.path, key="object_store.server"),
        hint="leave the key out, or say versitygw or minio; or use --runtime embedded",
    )
