"""A story, as frozen data: the contents of a scenario's YAML.

Every field here is a key there (`source` is written `from`). A step is a mapping of one key, the
step's verb; the table STEPS in steps.py names them all. Durations, lists of texts and commands are
written as in sandbox.toml.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sandbox.document import Duration
from sandbox.scenario.steps import Step

SETTLE_WITHIN = Duration(30)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppChange:
    """How an app differs in this scenario from what sandbox.toml says."""

    command: tuple[str, ...] | None = field(default=None, metadata={"shell": True})
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What holds before the first step.

    `apps`: which apps run (all of sandbox.toml's unless said). `fixture`: the one whose tables
    steps and expectations may name without a folder, and that SQL sees as `fixtures.<table>`.
    `clock`: the feature server's time.
    """

    apps: tuple[str, ...] | None = None
    fixture: str | None = None
    clock: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A claim: either a query for violations, or a query for one value that is compared.

    `id` names it; `claim` says it to people. Exactly one of `violations` (SQL; any row is a
    violation) and `value` (SQL for one value) with exactly one of `equals`, `below`, `above`,
    `between` (both ends included). `hop` names the crossing that it watches.
    """

    id: str
    claim: str
    violations: str | None = None
    value: str | None = None
    equals: str | int | float | bool | None = None
    below: float | None = None
    above: float | None = None
    between: tuple[float, float] | None = None
    hop: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same story with something changed; `must_fail` names the expectations that break."""

    claim: str
    must_fail: tuple[str, ...] = ()
    apps: dict[str, AppChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One crossing to count in the report: a name, and SQL for how many arrived there."""

    name: str
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A story: given, steps, expectations; and its variants, each a broken twin or a control."""

    path: Path
    name: str
    claim: str
    steps: tuple[Step, ...]
    expect: tuple[Expectation, ...]
    given: Given = Given()
    hops: tuple[Hop, ...] = ()
    variants: dict[str, Variant] = field(default_factory=dict)
    settle_within: Duration = SETTLE_WITHIN
