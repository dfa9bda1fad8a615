"""Where services in containers are known to behave otherwise than embedded ones.

The README shows this table. A scenario that touches a difference says so in its report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.scenario import steps
from sandbox.services import object_stores

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sandbox.config.definition import Config
    from sandbox.scenario.definition import Scenario

# Longer parts of a key are no name of a file.
LONGEST_PART = 255


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: what it is, on which server of a role, and which steps touch it.

    A scenario that touches one that `prevents` cannot be played there, and is skipped.
    """

    name: str
    servers: tuple[str, ...]
    what: str
    touches: Callable[[steps.Step], bool]
    prevents: bool = False


def _is_fault(step: steps.Step) -> bool:
    return isinstance(step, FAULTS)


def _has_no_file_name(step: steps.Step) -> bool:
    if not isinstance(step, steps.PutObject):
        return False
    parts = step.key.split("/")
    return any(part in ("", ".", "..") or len(part.encode()) > LONGEST_PART for part in parts)


def _kills(step: steps.Step) -> bool:
    return isinstance(step, steps.Kill) or (
        isinstance(step, steps.Restart) and step.signal == "KILL"
    )


ENDS = (steps.Start, steps.Stop, steps.Kill, steps.Restart)
FAULTS = (steps.FailRequests, steps.Outage, steps.Rebalance, steps.ExpireSessions)

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "stream_faults",
        ("kafka",),
        "only the embedded stream takes faults: a scenario with `fail_requests`, `outage`,"
        " `rebalance` or `expire_sessions` is skipped",
        _is_fault,
        prevents=True,
    ),
    Difference(
        "dead_members",
        ("kafka",),
        "Apache Kafka keeps a member that was killed until its session ends; the sandbox ends it"
        " when the app starts again, if the app says under `consumes` in which groups it reads",
        _kills,
    ),
    Difference(
        "keys_as_paths",
        ("versitygw", "minio"),
        "objects are files: keys with empty, `.` or `..` parts are refused or become others, and so"
        " are parts of more than 255 bytes; `a` and `a/b` cannot both be there",
        _has_no_file_name,
    ),
)


def touched(
    scenario: Scenario, config: Config, runtime: str, external: Collection[str] = ()
) -> tuple[str, ...]:
    """Say which differences the steps of a scenario touch in this runtime, in words.

    `external` are the services that run already.
    """
    return tuple(each.what for each in _touched(scenario, config, runtime, external))


def prevented(
    scenario: Scenario, config: Config, runtime: str, external: Collection[str] = ()
) -> tuple[str, ...]:
    """Say why a scenario cannot be played in this runtime, in words; nothing where it can."""
    ends = [each.name for each in scenario.steps if isinstance(each, ENDS)]
    others = [name for name in dict.fromkeys(ends) if name in external]
    return (
        *(each.what for each in _touched(scenario, config, runtime, external) if each.prevents),
        *(f"{name} is external: the sandbox can neither start nor end it" for name in others),
    )


def _touched(
    scenario: Scenario, config: Config, runtime: str, external: Collection[str]
) -> list[Difference]:
    servers: set[str] = set()
    if "object_store" not in external:
        servers.add(object_stores.chosen(config, in_containers=runtime == "docker"))
    if runtime == "docker" or "stream" in external:
        servers.add("kafka")
    return [
        each
        for each in DIFFERENCES
        if servers & set(each.servers) and any(map(each.touches, scenario.steps))
    ]
