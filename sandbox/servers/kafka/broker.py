"""The broker: the one owner of state. It dispatches, obeys the fault rules, and ends sessions."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from sandbox.servers.kafka import frame as frames
from sandbox.servers.kafka.control import Rules
from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers import HANDLERS
from sandbox.servers.kafka.handlers.k18_api_versions import listing
from sandbox.servers.kafka.outcome import Outcome, Park, Reply, Sever
from sandbox.servers.kafka.parked import Parked
from sandbox.servers.kafka.refusal import refuse
from sandbox.servers.kafka.request import Request
from sandbox.servers.kafka.sessions import begin_rebalances, end_sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.servers.kafka.connection import Connection
    from sandbox.servers.kafka.control import Rule
    from sandbox.servers.kafka.frame import Frame
    from sandbox.servers.kafka.sessions import Meant
    from sandbox.servers.kafka.state import Cluster

# How often silent members and overdue rebalances are looked for, in seconds.
TICK = 0.05


class Broker:
    """Takes frames from connections and answers each, now or later."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Own nothing yet; `own` gives it its state."""
        self.rules = Rules()
        self.parked = Parked(loop.call_later)
        self.connections: dict[int, Connection] = {}
        self._loop = loop
        self._cluster: Cluster | None = None
        self._next_connection = 0
        self._said: set[tuple[int, int]] = set()
        self._alone: asyncio.Event | None = None

    @property
    def cluster(self) -> Cluster:
        """The state."""
        if self._cluster is None:
            raise RuntimeError("the broker owns no state yet")
        return self._cluster

    def own(self, cluster: Cluster) -> None:
        """Take the state, and begin to look after its groups."""
        self._cluster = cluster
        self._tick()

    def _tick(self) -> None:
        # First of all: whatever fails below, the next look comes.
        self._loop.call_later(TICK, self._tick)
        now = self.cluster.now()
        for group in self.cluster.groups.with_members():
            group.expire(now, waits=lambda member_id: self.parked.holds(("member", member_id)))
        self.cluster.expire_consumers()
        self.cluster.transactions.expire()
        self.cluster.upkeep.turn()
        self.parked.ask()

    # -- connections ----------------------------------------------------------

    def connected(self, connection: Connection) -> int:
        """Know a connection; gives its number."""
        self._next_connection += 1
        self.connections[self._next_connection] = connection
        return self._next_connection

    def disconnected(self, connection: Connection) -> None:
        """Forget what a connection waited for; its members live on until their session ends."""
        self.connections.pop(connection.number, None)
        if connection.waiting is not None:
            self.parked.forget(connection.waiting)
        if not self.connections and self._alone is not None:
            self._alone.set()

    async def close_connections(self, within: float) -> None:
        """Close every connection once its answers are sent; after `within` seconds, as it is."""
        if not self.connections:
            return
        self._alone = asyncio.Event()
        for connection in list(self.connections.values()):
            connection.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._alone.wait(), within)

    # -- requests -------------------------------------------------------------

    def dispatch(self, connection: Connection, data: memoryview) -> None:
        """Answer one frame, now or later; raises MalformedFrameError where it is none."""
        frame = frames.read_frame(data)
        api = HANDLERS.get(frame.api_key)
        if api is None or frame.version not in api.versions:
            connection.finish(frame, self._not_offered(frame))
            return
        request = Request(
            body=frames.decode(api, frame),
            version=frame.version,
            client_id=frame.client_id,
            client_host=connection.peer,
            connection=connection.number,
            cluster=self.cluster,
        )
        rule = self.rules.take(api.name)
        if rule is not None and rule.action == "disconnect":
            connection.finish(frame, Sever())
            return
        if rule is not None and rule.action == "error":
            connection.finish(frame, refuse(api, request, rule.error))
            return
        self._settle(api.handle(request), connection, self._finisher(connection, frame, rule))
        self.parked.ask()

    def _finisher(
        self, connection: Connection, frame: Frame, rule: Rule | None
    ) -> Callable[[Outcome], None]:
        """Give what takes the outcome to the client, as a rule may want it."""

        def finish(outcome: Outcome) -> None:
            connection.waiting = None
            if rule is None:
                connection.finish(frame, outcome)
            elif rule.action == "delay":
                self._loop.call_later(rule.seconds, connection.finish, frame, outcome)
            elif rule.action == "drop_reply":
                connection.finish(frame, Sever())
            # What is left is "hang": this connection is never answered again.

        return finish

    def _settle(
        self, outcome: Outcome, connection: Connection, finish: Callable[[Outcome], None]
    ) -> None:
        if isinstance(outcome, Park):
            connection.waiting = self.parked.add(outcome, finish)
        else:
            finish(outcome)

    def _not_offered(self, frame: Frame) -> Outcome:
        """Answer as Kafka does: ApiVersions with what there is (KIP-511), others by hanging up."""
        if (frame.api_key, frame.version) not in self._said:
            self._said.add((frame.api_key, frame.version))
            client = frame.client_id or "a client"
            print(  # noqa: T201 - a server's log is its standard error
                f"not offered: API {frame.api_key} version {frame.version}, asked by {client}",
                file=sys.stderr,
            )
        if frame.api_key == frames.API_VERSIONS:
            return Reply(listing(0, Code.UNSUPPORTED_VERSION))
        return Sever()

    # -- what the control port asks for ---------------------------------------

    def expire_sessions(self, meant: Meant) -> list[str]:
        """End sessions at once; gives the ids of the members that were put out."""
        ended = end_sessions(self.cluster, self.connections, meant)
        self.parked.ask()
        return ended

    def rebalance(self, group: str | None) -> list[str]:
        """Have the members of a group (None: of every group) join anew; gives the groups' names."""
        begun = begin_rebalances(self.cluster, group)
        self.parked.ask()
        return begun
