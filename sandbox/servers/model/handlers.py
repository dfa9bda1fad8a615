"""What is answered besides inference: health, metadata, the repository, house-keeping."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.servers.model.refusal import BadRequest, MethodNotAllowed, NotFound, NotReady, Refusal

if TYPE_CHECKING:
    from sandbox.servers.model.repository import Repository
    from sandbox.serving.calls import CallLog

ANY = "*"
EXTENSIONS = ["binary_tensor_data", "model_repository"]

# A handler takes the path's variable parts and the body, and gives what is sent as JSON.
Handler = Callable[[tuple[str, ...], bytes], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, whose parts may be ANY."""

    method: str
    path: str
    handler: Handler


def routes(repository: Repository, log: CallLog) -> tuple[Route, ...]:
    """Give the table of all that is answered besides inference."""
    described = partial(_metadata, repository)
    ready = partial(_model_ready, repository)
    return (
        Route("GET", "v2", _server_metadata),
        Route("GET", "v2/health/live", _live),
        Route("GET", "v2/health/ready", partial(_ready, repository)),
        Route("GET", "v2/models/*", described),
        Route("GET", "v2/models/*/ready", ready),
        Route("GET", "v2/models/*/versions/*", described),
        Route("GET", "v2/models/*/versions/*/ready", ready),
        # Answered by the application itself, which knows of the bytes after the JSON.
        Route("POST", "v2/models/*/infer", _never),
        Route("POST", "v2/models/*/versions/*/infer", _never),
        Route("POST", "v2/repository/index", partial(_index, repository)),
        Route("POST", "v2/repository/models/*/load", partial(_load, repository)),
        Route("POST", "v2/repository/models/*/unload", partial(_unload, repository)),
        Route("GET", "sandbox/status", partial(_status, repository, log)),
        Route("DELETE", "sandbox/calls", partial(_forget_calls, log)),
    )


def find(table: tuple[Route, ...], method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
    """Give the handler of a path and its variable parts; raises NotFound, MethodNotAllowed."""
    asked = path.strip("/").split("/")
    allowed = []
    for route in table:
        parts = route.path.split("/")
        if len(parts) == len(asked) and all(
            part in (ANY, said) for part, said in zip(parts, asked, strict=True)
        ):
            if route.method == method:
                names = (said for part, said in zip(parts, asked, strict=True) if part == ANY)
                return route.handler, tuple(names)
            allowed.append(route.method)
    if allowed:
        raise MethodNotAllowed(f"{path} answers {', '.join(allowed)}")
    raise NotFound(f"there is nothing at {path}")


async def _server_metadata(_names: tuple[str, ...], _body: bytes) -> Any:
    from importlib.metadata import version  # noqa: PLC0415 - only here

    return {"name": "sandbox", "version": version("sandbox-ml"), "extensions": EXTENSIONS}


async def _live(_names: tuple[str, ...], _body: bytes) -> Any:
    return {"live": True}


async def _ready(repository: Repository, _names: tuple[str, ...], _body: bytes) -> Any:
    reasons = repository.reasons()
    if not repository.is_ready():
        raise NotReady("; ".join(reasons))
    return {"ready": True, "reasons": reasons}


async def _model_ready(repository: Repository, names: tuple[str, ...], _body: bytes) -> Any:
    version = repository.version(names[0], names[1] if names[1:] else None)
    return {"name": version.name, "version": version.version, "ready": True}


async def _metadata(repository: Repository, names: tuple[str, ...], _body: bytes) -> Any:
    version = repository.version(names[0], names[1] if names[1:] else None)
    versions = list(repository.models[version.name].versions)
    return {"name": version.name, "versions": versions, **version.describe()}


async def _index(repository: Repository, _names: tuple[str, ...], body: bytes) -> Any:
    only_ready = bool(_read_object(body).get("ready", False))
    rows = []
    for name, model in repository.models.items():
        numbers = sorted({*model.versions, *model.refused}, key=lambda each: (len(each), each))
        for number in numbers:
            state = "READY" if number in model.versions else "UNAVAILABLE"
            reason = model.refused.get(number, "")
            rows.append({"name": name, "version": number, "state": state, "reason": reason})
        if not numbers:
            reason = model.missing
            rows.append({"name": name, "version": "", "state": "UNAVAILABLE", "reason": reason})
    return [row for row in rows if row["state"] == "READY" or not only_ready]


async def _load(repository: Repository, names: tuple[str, ...], body: bytes) -> Any:
    if _read_object(body).get("parameters"):
        raise BadRequest("a load takes no parameters here: the model lies in the object store")
    model = await repository.load(names[0])
    return {"name": names[0], "versions": list(model.versions)}


async def _unload(repository: Repository, names: tuple[str, ...], _body: bytes) -> Any:
    await repository.unload(names[0])
    return {"name": names[0]}


async def _status(
    repository: Repository, log: CallLog, _names: tuple[str, ...], _body: bytes
) -> Any:
    models = {name: list(model.versions) for name, model in repository.models.items()}
    return {**log.counts(), "models": models}


async def _forget_calls(log: CallLog, _names: tuple[str, ...], _body: bytes) -> Any:
    log.truncate()
    return {}


async def _never(_names: tuple[str, ...], _body: bytes) -> Any:
    raise Refusal("an inference came to the wrong handler")


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BadRequest(f"the body is no JSON object: {error}") from error
