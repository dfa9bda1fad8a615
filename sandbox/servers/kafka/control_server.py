"""The room's control port: HTTP and JSON on loopback, for faults and for ending sessions.

- GET /rules: the rules in force
- POST /rules with a rule (`control`): put it in force; gives its id
- DELETE /rules: lift all
- POST /expire-sessions with {"group": NAME or null, "everybody": false}: end the sessions of
  members whose connection is gone, or of all; gives their ids
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.endpoint import LOOPBACK
from sandbox.servers.kafka.control import InvalidRuleError, read_rule

if TYPE_CHECKING:
    from sandbox.servers.kafka.broker import Broker

LONGEST_BODY = 65_536
ROUTES = "GET /rules, POST /rules, DELETE /rules, POST /expire-sessions"


class Expiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose sessions are to end."""

    group: str | None = None
    everybody: bool = False


async def listen(broker: Broker, port: int) -> asyncio.Server:
    """Serve the control port on loopback."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status, answer = answer_to(broker, *await _read(reader))
            body = msgspec.json.encode(answer)
            writer.write(
                b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                b"Connection: close\r\n\r\n%b"
                % (status, b"OK" if status == OK else b"Refused", len(body), body)
            )
            await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    return await asyncio.start_server(serve, LOOPBACK, port)


OK = 200


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """Read one HTTP request: method, path and body; raises ValueError where it is none."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    length = 0
    for line in head[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = min(int(value), LONGEST_BODY)
    return method, path, await reader.readexactly(length)


def answer_to(broker: Broker, method: str, path: str, body: bytes) -> tuple[int, Any]:
    """Do what is asked; gives an HTTP status and what to answer with as JSON."""
    match method, path:
        case "GET", "/rules":
            return OK, broker.rules.listed()
        case "DELETE", "/rules":
            broker.rules.clear()
            return OK, []
        case "POST", "/rules":
            return _add_rule(broker, body)
        case "POST", "/expire-sessions":
            return _expire(broker, body)
    return 404, {"error": f"there is no {method} {path}; there are {ROUTES}"}


def _add_rule(broker: Broker, body: bytes) -> tuple[int, Any]:
    try:
        rule = broker.rules.add(read_rule(body))
    except InvalidRuleError as error:
        return 400, {"error": str(error)}
    return OK, {"id": rule.id}


def _expire(broker: Broker, body: bytes) -> tuple[int, Any]:
    try:
        asked = msgspec.json.decode(body or b"{}", type=Expiry)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        return 400, {"error": str(error)}
    return OK, {"expired": broker.expire_sessions(group=asked.group, everybody=asked.everybody)}
