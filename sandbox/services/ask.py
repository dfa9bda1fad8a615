"""Ask a server over HTTP, with the standard library: what every command can afford to import."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

from sandbox.errors import ServiceFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.endpoint import Endpoint

FIRST_ERROR = 400
SAID_AT_MOST = 300


def ask(
    endpoint: Endpoint,
    method: str,
    path: str,
    *,
    body: object = None,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
    who: str = "the server",
) -> bytes:
    """Send one request and give the response's body.

    `body` is sent as JSON; `content` is sent as it stands. `timeout` is in seconds. Raises
    ServiceFailedError where nobody answers or the answer is an error, with what it said.
    """
    sent = dict(headers or {})
    if body is not None:
        content = json.dumps(body).encode()
        sent.setdefault("Content-Type", "application/json")
    connect = http.client.HTTPSConnection if endpoint.secure else http.client.HTTPConnection
    connection = connect(endpoint.host, endpoint.port, timeout=timeout)
    try:
        connection.request(method, path, body=content, headers=sent)
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise ServiceFailedError(
            f"{who} does not answer at {endpoint.address}: {error}",
            hint="sandbox ps shows what runs",
        ) from error
    finally:
        connection.close()
    if response.status >= FIRST_ERROR:
        raise ServiceFailedError(
            f"{who} refused {method} {path}: {response.status} {_reason(answer)}"
        )
    return answer


def ask_json(
    endpoint: Endpoint, method: str, path: str, *, body: object = None, who: str = "the server"
) -> Any:
    """Send one request and give its answer, decoded from JSON; raises as `ask` does."""
    answer = ask(endpoint, method, path, body=body, who=who)
    try:
        return json.loads(answer or b"null")
    except ValueError as error:
        raise ServiceFailedError(
            f"{who} answered {method} {path} with something that is no JSON: {answer[:100]!r}",
            hint=f"does another program listen at {endpoint.address}?",
        ) from error


def shortened(said: str) -> str:
    """Give the beginning of what a server or a client library says, as much as a message bears."""
    return said if len(said) <= SAID_AT_MOST else said[:SAID_AT_MOST] + " …"


def _reason(answer: bytes) -> str:
    text = answer.decode(errors="replace").strip()
    try:
        said = json.loads(text)
    except ValueError:
        return text[:500]
    if isinstance(said, dict):
        return str(said.get("error") or said.get("detail") or text)
    return text
