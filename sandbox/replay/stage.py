"""Where a scenario is played: the sandbox, the scenario, and how its apps differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.clock import utc_now
from sandbox.fixtures.tables import table_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sandbox.config.definition import App
    from sandbox.scenario.definition import Scenario
    from sandbox.services.live import Live
    from sandbox.services.sql import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every step may use.

    `apps` are the apps as this scenario (and variant) has them, `fixtures` the tables that SQL sees
    as `fixtures.<table>`; `kept` collects the rows of `run_sql` by name.
    """

    live: Live
    scenario: Scenario
    variant: str | None
    apps: Mapping[str, App]
    fixtures: Mapping[str, Path]
    say: Callable[[str], None]
    kept: dict[str, Rows]

    def table(self, reference: str) -> Path:
        """Give the Parquet file of a table: of the scenario's fixture, or `fixture/table`."""
        return self.fixtures.get(reference) or table_file(self.live.config, reference)

    def record(self, event: str, detail: Any) -> None:
        """Append what happened to the events, where SQL sees it."""
        line = {
            "happened_at": utc_now().isoformat(),
            "scenario": self.scenario.name,
            "variant": self.variant,
            "event": event,
            "detail": detail,
        }
        with self.live.folder.events.open("a") as file:
            file.write(json.dumps(line) + "\n")
