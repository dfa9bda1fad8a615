"""run_sql: ask one SQL over everything, and keep the rows for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import RunSql

ROWS_KEPT = 100


def act(stage: Stage, step: RunSql) -> str:
    """Run the query and keep its first rows under its name."""
    with stage.live.snapshot(stage.fixtures) as snapshot:
        rows = snapshot.query(step.query, limit=ROWS_KEPT)
    stage.kept[step.name or f"query {len(stage.kept) + 1}"] = rows
    return f"{len(rows.rows)} rows"
