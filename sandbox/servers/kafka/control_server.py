"""The room's control port: HTTP and JSON on loopback, for faults; ROUTES says what there is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from sandbox.endpoint import LOOPBACK
from sandbox.servers.kafka.control import InvalidRuleError, read_rule
from sandbox.servers.kafka.sessions import Meant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sandbox.servers.kafka.broker import Broker
    from sandbox.servers.kafka.listener import Listener

LONGEST_BODY = 65_536
LONGEST_OUTAGE = 3600.0
OK, REFUSED, NOT_FOUND = 200, 400, 404

Asked = TypeVar("Asked")


class Refused(Exception):  # noqa: N818 - it is an answer
    """What is asked makes no sense; the message says why."""


class Expiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose sessions are to end."""

    group: str | None = None
    member: str | None = None
    everybody: bool = False


class Rebalance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which group is to rebalance; None: every one."""

    group: str | None = None


class Outage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long the broker is to be away; None: until it is told to come back."""

    seconds: float | None = None


class Control:
    """Does what is asked of the control port."""

    def __init__(self, broker: Broker, listener: Listener) -> None:
        """Act on this broker, and on the port that its clients come in by."""
        self._broker = broker
        self._listener = listener

    async def list_rules(self, _body: bytes) -> Any:
        """Give the rules in force, oldest first."""
        return self._broker.rules.listed()

    async def add_rule(self, body: bytes) -> Any:
        """Put a rule in force; gives its id."""
        try:
            return {"id": self._broker.rules.add(read_rule(body)).id}
        except InvalidRuleError as error:
            raise Refused(str(error)) from error

    async def lift_rules(self, _body: bytes) -> Any:
        """Lift all rules."""
        self._broker.rules.clear()
        return []

    async def expire_sessions(self, body: bytes) -> Any:
        """End sessions of group members; gives their ids."""
        asked = _read_as(Expiry, body)
        meant = Meant(asked.group, asked.member, asked.everybody)
        return {"expired": self._broker.expire_sessions(meant)}

    async def rebalance(self, body: bytes) -> Any:
        """Have a group's members join anew; gives the names of the groups that do."""
        return {"rebalancing": self._broker.rebalance(_read_as(Rebalance, body).group)}

    async def begin_outage(self, body: bytes) -> Any:
        """Cut every connection and refuse new ones for a while."""
        seconds = _read_as(Outage, body).seconds
        if seconds is not None and not 0 <= seconds <= LONGEST_OUTAGE:
            raise Refused(f"seconds: between 0 and {LONGEST_OUTAGE:g}, or null for no end")
        self._listener.go_away(seconds)
        return {}

    async def end_outage(self, _body: bytes) -> Any:
        """Take connections again."""
        await self._listener.come_back()
        return {}


ROUTES: Mapping[tuple[str, str], Callable[[Control, bytes], Awaitable[Any]]] = {
    ("GET", "/rules"): Control.list_rules,
    ("POST", "/rules"): Control.add_rule,
    ("DELETE", "/rules"): Control.lift_rules,
    ("POST", "/expire-sessions"): Control.expire_sessions,
    ("POST", "/rebalance"): Control.rebalance,
    ("POST", "/outage"): Control.begin_outage,
    ("DELETE", "/outage"): Control.end_outage,
}


async def listen(broker: Broker, listener: Listener, port: int) -> asyncio.Server:
    """Serve the control port on loopback."""
    control = Control(broker, listener)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status, answer = await answer_to(control, *await _read(reader))
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


async def answer_to(control: Control, method: str, path: str, body: bytes) -> tuple[int, Any]:
    """Do what is asked; gives an HTTP status and what to answer with as JSON."""
    act = ROUTES.get((method, path))
    if act is None:
        there = ", ".join(" ".join(route) for route in ROUTES)
        return NOT_FOUND, {"error": f"there is no {method} {path}; there are {there}"}
    try:
        return OK, await act(control, body)
    except Refused as refused:
        return REFUSED, {"error": str(refused)}


def _read_as(kind: type[Asked], body: bytes) -> Asked:
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Refused(str(error)) from error
