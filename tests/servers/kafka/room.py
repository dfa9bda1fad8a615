"""The state of a stream and its handlers as functions, without a server."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kafka_wire import BY_NAME

from sandbox.endpoint import Endpoint
from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Park, Reply
from sandbox.servers.kafka.request import Request
from sandbox.servers.kafka.state import Cluster, open_cluster

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Room:
    """State, clocks that stand still (seconds, and milliseconds since 1970), and what was woken."""

    folder: Path
    now: float = 0.0
    time: int = 1_000
    woken: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the state."""
        numbers = itertools.count()
        self.cluster: Cluster = open_cluster(
            self.folder,
            advertised=Endpoint("127.0.0.1", 9092),
            auto_create_topics=False,
            num_partitions=1,
            wake=self.woken.append,
            now=lambda: self.now,
            wall_clock=lambda: self.time,
            random_id=lambda: str(next(numbers)),
        )

    def handle(self, api: str, version: int, **fields: Any) -> Outcome:
        """Give what the handler answers."""
        body = BY_NAME[api].request(version=version, **fields)
        request = Request(body, version, "client", "/127.0.0.1", 1, self.cluster)
        return BY_NAME[api].handle(request)

    def ask(self, api: str, version: int, **fields: Any) -> Any:
        """Give the response of a handler that answers at once."""
        outcome = self.handle(api, version, **fields)
        assert isinstance(outcome, Reply)
        return outcome.response

    def join(self, member: str, *, instance: str | None = None, group: str = "g") -> Outcome:
        """Ask to join, as the newest version does."""
        protocol = BY_NAME["JoinGroup"].request.JoinGroupRequestProtocol
        return self.handle(
            "JoinGroup",
            9,
            group_id=group,
            session_timeout_ms=10_000,
            rebalance_timeout_ms=60_000,
            member_id=member,
            group_instance_id=instance,
            protocol_type="consumer",
            protocols=[protocol(name="range", metadata=b"m")],
        )

    def join_alone(self, *, instance: str | None = None) -> str:
        """Make the first member of the group, with the assignment `mine`; gives its id."""
        outcome = self.join("", instance=instance)
        if not instance:
            assert isinstance(outcome, Reply)
            assert outcome.response.error_code == Code.MEMBER_ID_REQUIRED
            outcome = self.join(outcome.response.member_id)
        assert isinstance(outcome, Park)
        self.now += 0.2
        self.cluster.groups.by_name["g"].expire(self.now, waits=lambda _: True)
        joined = outcome.again(False)  # noqa: FBT003 - the one argument that there is
        assert isinstance(joined, Reply)
        self.sync(joined.response.member_id, b"mine")
        return str(joined.response.member_id)

    def sync(self, member: str, assignment: bytes | None = None, generation: int = 1) -> Outcome:
        """Ask for the assignment, or hand it out."""
        entry = BY_NAME["SyncGroup"].request.SyncGroupRequestAssignment
        given = [] if assignment is None else [entry(member_id=member, assignment=assignment)]
        return self.handle(
            "SyncGroup",
            5,
            group_id="g",
            generation_id=generation,
            member_id=member,
            protocol_type="consumer",
            protocol_name="range",
            assignments=given,
        )
