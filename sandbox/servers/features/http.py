"""What HTTP needs of ASGI: a request, a response, and a table of routes. Nothing else is imported.

Starlette would do this too; its import costs as much as all of ours, and each request twice as
much as this.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from sandbox.servers.features.refusal import BadRequest, NotFound, Refusal

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

JSON = b"application/json"
ANY = "*"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read whole; `names` are the path's variable parts.

    `gone` returns when the client has hung up.
    """

    scope: Scope
    body: bytes
    names: tuple[str, ...]
    gone: Callable[[], Awaitable[None]]

    @property
    def query(self) -> dict[str, str]:
        """Give the query's keys and values; raises BadRequest where a key comes twice."""
        pairs = parse_qsl(self.scope["query_string"].decode(), keep_blank_values=True)
        found = dict(pairs)
        if len(found) != len(pairs):
            raise BadRequest("the query names a key twice; separate several values by commas")
        return found

    def header(self, name: str) -> str:
        """Give a header, or nothing."""
        wanted = name.lower().encode()
        return next((v.decode("latin-1") for k, v in self.scope["headers"] if k == wanted), "")


@dataclass(frozen=True, slots=True)
class Response:
    """One response, sent whole."""

    body: bytes = b""
    status: int = 200
    media_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, whose parts may be ANY."""

    method: str
    path: str
    handler: Handler


class Router:
    """Finds the handler of a request in an explicit table of routes."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        """Sort the routes by path."""
        self._fixed: dict[tuple[str, str], Handler] = {}
        self._paths: dict[tuple[str, ...], dict[str, Handler]] = {}
        for route in routes:
            if ANY not in route.path:
                self._fixed[route.method, route.path] = route.handler
            parts = tuple(route.path.strip("/").split("/"))
            self._paths.setdefault(parts, {})[route.method] = route.handler

    def find(self, method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
        """Give a handler and the variable parts; raises NotFound and MethodNotAllowed."""
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed, ()
        asked = tuple(unquote(part) for part in path.strip("/").split("/"))
        for parts, methods in self._paths.items():
            if len(parts) == len(asked) and all(
                part in (ANY, said) for part, said in zip(parts, asked, strict=True)
            ):
                if method not in methods:
                    raise MethodNotAllowed(f"{path} answers {', '.join(sorted(methods))}")
                names = (said for part, said in zip(parts, asked, strict=True) if part == ANY)
                return methods[method], tuple(names)
        raise NotFound(f"there is nothing at {path}")


class MethodNotAllowed(Refusal):
    """The path is there, and answers other methods."""

    status = 405


async def read_body(receive: Receive) -> bytes:
    """Give the whole body of a request."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts = [body]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


async def hung_up(receive: Receive) -> None:
    """Wait until the client of a request, whose body has been read, goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def respond(send: Send, response: Response) -> None:
    """Send a response."""
    headers = [
        (b"content-type", response.media_type),
        (b"content-length", b"%d" % len(response.body)),
        *response.headers,
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def header_list(values: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Give headers as ASGI sends them."""
    return tuple((name.lower().encode(), value.encode()) for name, value in values.items())
