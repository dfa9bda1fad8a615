"""Find the Docker engine and speak to it; what goes wrong there is an EngineError."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

# An engine on this machine answers at once: whoever does not is as good as away.
ANSWERS_WITHIN = 0.6
# What it is asked for later may take its time: to stop a container, say.
WORKS_WITHIN = 120

SOCKET = "unix:///var/run/docker.sock"
PORT = 2375
NEARBY = ("localhost", "127.0.0.1", "::1")
HINT = "start it, or go without: --runtime embedded"
NONE_HINT = "install Docker or start it, or go without: --runtime embedded"


def address() -> str:
    """Say where the engine should be.

    That is what `~/.testcontainers.properties` says, else DOCKER_HOST, else the context that is in
    use (DOCKER_CONTEXT, or `docker context use`), else Docker's usual socket.
    """
    usual = Path(SOCKET.removeprefix("unix://"))
    named = any(os.environ.get(each) for each in ("DOCKER_HOST", "DOCKER_CONTEXT"))
    homes = (".testcontainers.properties", ".docker/config.json")
    if not named and not any((Path.home() / each).exists() for each in homes):
        # Nobody said anything: there is no need to import who would read it.
        if not usual.exists():
            raise EngineError(f"there is no Docker engine: no {usual}", hint=NONE_HINT)
        return SOCKET
    from testcontainers.core.docker_client import get_docker_host  # noqa: PLC0415 - 150 ms

    return get_docker_host() or SOCKET


def connect() -> Any:
    """Give a client of the engine, which answered just now.

    Raises EngineError within about a second: where there is none, where it may not be used, where
    it does not answer, and where it is another machine's, whose loopback is not ours.
    """
    where = address()
    _check_is_here(where)
    try:
        _ping(where)
        import docker  # noqa: PLC0415 - 130 ms

        environment = {**os.environ, "DOCKER_HOST": where}
        return docker.from_env(timeout=WORKS_WITHIN, environment=environment)
    except Exception as error:
        raise EngineError(
            f"no Docker engine answers at {where}: {_why(error)}", hint=HINT
        ) from error


def _ping(where: str) -> None:
    """Ask for any answer, in good time; raises OSError where there is none."""
    parts = urlsplit(where)
    with socket.socket(socket.AF_UNIX if parts.scheme == "unix" else socket.AF_INET) as asking:
        asking.settimeout(ANSWERS_WITHIN)
        asking.connect(
            parts.path if parts.scheme == "unix" else (parts.hostname, parts.port or PORT)
        )
        if os.environ.get("DOCKER_TLS_VERIFY") and parts.scheme != "unix":
            # Whoever speaks TLS is asked by docker, which knows the certificates.
            return
        asking.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
        if not asking.recv(1):
            raise ConnectionResetError("it closed the connection")


def _check_is_here(where: str) -> None:
    """Raise EngineError for an engine that cannot be here, or may not be used by us."""
    parts = urlsplit(where)
    if parts.scheme == "unix":
        path = Path(parts.path)
        if not path.exists():
            raise EngineError(f"there is no Docker engine: no {path}", hint=NONE_HINT)
        if not os.access(path, os.R_OK | os.W_OK):
            raise EngineError(
                f"you may not use the Docker engine at {path}",
                hint="join its group (`sudo usermod -aG docker $USER`, then log in again),"
                " or go without: --runtime embedded",
            )
    elif parts.hostname not in NEARBY:
        raise EngineError(
            f"the Docker engine at {where} is another machine's: what listens on its loopback"
            " cannot be reached from here",
            hint="unset DOCKER_HOST or choose a local context, or go without: --runtime embedded",
        )


def _why(error: BaseException) -> str:
    """Say in a few words what was at the bottom of it."""
    text = str(error)
    if "timed out" in text.lower():
        return f"not within {ANSWERS_WITHIN:g} s"
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Have what goes wrong at the engine told as an EngineError; `doing` says at what."""
    import docker.errors  # noqa: PLC0415 - 130 ms
    import requests  # noqa: PLC0415 - as above

    try:
        yield
    except docker.errors.APIError as error:
        raise EngineError(f"{doing}: the Docker engine refuses: {error.explanation}") from error
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise EngineError(
            f"{doing}: the Docker engine does not answer: {_why(error)}",
            hint="start it; what ran in it is started again, with its data, by sandbox up",
        ) from error
