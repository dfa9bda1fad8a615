"""The steps of a scenario, a class each; STEPS is the list of their verbs.

`short` names the field that a plain value fills: `kill: scorer` is `kill: {name: scorer}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from sandbox.document import Duration, Pace

FLAT_OUT = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Produce:
    """Write records to a topic, from a fixture's table, a query, or written out in `records`.

    `where` (SQL) and `order_by` choose and sort the rows; `key` names the columns of the record's
    key (joined by `|` where there are several), `timestamp` the column of its time. Values are JSON
    objects of all columns. `pace`: `flat out`, `200/s`, or `3600x` (original time, that many times
    faster). `tick`: let the feature server's clock follow the rows' timestamps in steps of this
    length, and settle before each step, so that every record meets the features of its own time.
    """

    short: ClassVar[str | None] = None
    topic: str
    source: str | None = field(default=None, metadata={"key": "from"})
    records: tuple[Record, ...] = ()
    where: str | None = None
    order_by: str | None = None
    key: tuple[str, ...] = ()
    timestamp: str | None = None
    pace: Pace = FLAT_OUT
    tick: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record written out: `value` is any YAML value (sent as JSON), or `text` as it stands."""

    key: str | None = None
    value: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutObject:
    """Put a file (relative to the scenario) or a text into a bucket."""

    short: ClassVar[str | None] = None
    bucket: str
    key: str
    file: Path | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallModel:
    """Ask the model server once; `inputs` maps each input's name to rows of numbers."""

    short: ClassVar[str | None] = None
    model: str
    version: str | None = None
    inputs: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSql:
    """Run a query over everything; its rows are kept in the report under `name`."""

    short: ClassVar[str | None] = "query"
    query: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start an app or a service that is stopped, and wait until it is ready."""

    short: ClassVar[str | None] = "name"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stop an app or a service in order (SIGTERM)."""

    short: ClassVar[str | None] = "name"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Kill an app or a service at once (SIGKILL)."""

    short: ClassVar[str | None] = "name"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Stop or kill an app or a service and start it again; state on disk stays."""

    short: ClassVar[str | None] = "name"
    name: str
    signal: Literal["TERM", "KILL"] = "TERM"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClock:
    """Set the feature server's time: an ISO 8601 time, or `newest`."""

    short: ClassVar[str | None] = "now"
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Wait until every hop is drained: no consumer group lags and no request is in flight."""

    short: ClassVar[str | None] = "within"
    within: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailRequests:
    """Have the stream's next requests of an API go wrong (Kafka's names: `Produce`, `Fetch`, …).

    `api`: none means any. `times`: null means all from now on. `error` is a code's name, such as
    NOT_LEADER_OR_FOLLOWER; `seconds` how long a delay is. With a `chance` below 1 each request meets
    the fault with that probability, drawn from `rng_seed`.
    """

    short: ClassVar[str | None] = None
    api: str | None = None
    action: Literal["error", "disconnect", "drop_reply", "hang", "delay"] = "error"
    error: str | None = None
    times: int | None = 1
    seconds: Duration | None = None
    chance: float = 1.0
    rng_seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Let the stream be away: connections are cut and refused, for so long or until faults are lifted."""

    short: ClassVar[str | None] = "lasting"
    lasting: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebalance:
    """Have the members of a consumer group join anew."""

    short: ClassVar[str | None] = "group"
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireSessions:
    """Put members out of a consumer group, as if they had been silent: one, or all of them."""

    short: ClassVar[str | None] = "group"
    group: str
    member: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftFaults:
    """Let the stream be well again: no rule is in force, and it is there."""

    short: ClassVar[str | None] = None


Step = (
    Produce
    | PutObject
    | CallModel
    | RunSql
    | Start
    | Stop
    | Kill
    | Restart
    | SetClock
    | Settle
    | FailRequests
    | Outage
    | Rebalance
    | ExpireSessions
    | LiftFaults
)

STEPS: Mapping[str, type[Step]] = {
    "produce": Produce,
    "put_object": PutObject,
    "call_model": CallModel,
    "run_sql": RunSql,
    "start": Start,
    "stop": Stop,
    "kill": Kill,
    "restart": Restart,
    "set_clock": SetClock,
    "settle": Settle,
    "fail_requests": FailRequests,
    "outage": Outage,
    "rebalance": Rebalance,
    "expire_sessions": ExpireSessions,
    "lift_faults": LiftFaults,
}
