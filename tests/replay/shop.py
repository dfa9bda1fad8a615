"""A small shop in a sandbox: orders on a stream, an app that copies them, stock as features."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import duckdb

from sandbox import load_config, load_scenario

if TYPE_CHECKING:
    from sandbox import Session
    from sandbox.config.definition import Config
    from sandbox.results import ScenarioResult
    from sandbox.scenario.definition import Scenario

MODELS = Path(__file__).parents[2] / "fixtures/flights/models"
DAY = "shop/monday"

CONFIG = f"""\
name = "shop"
[stream.topics.orders]
partitions = 2
[stream.topics.copies]
[object_store.buckets.shelf]
[object_store.buckets.models]
seed = "{MODELS}"
[feature_server.tables.stock]
entity = ["item"]
event_timestamp = "counted_at"
seed = ["{DAY}/stock"]
[model_server]
models = ["arrival_delay"]
[apps.copier]
command = ["{{python}}", "copier.py"]
after = ["stream"]
ready = {{ log = "^ready" }}
consumes = {{ orders = "copier" }}
[apps.idler]
command = ["{{python}}", "-c", "print('idle', flush=True); import signal; signal.pause()"]
ready = {{ log = "^idle" }}
consumes = {{ copies = "idler" }}
"""

TABLES = {
    "orders": """
        SELECT i AS id, ['pen', 'ink', NULL][i % 3 + 1] AS item, i % 2 = 0 AS paid, i / 4 AS price,
               make_timestamptz(2013, 6, 10, 8 + i // 4, 15 * (i % 4), 0) AS placed_at,
               DATE '2013-06-10' AS day, CASE WHEN i % 2 = 0 THEN placed_at END AS paid_at
        FROM range(12) AS t(i) ORDER BY hash(i)
    """,
    "stock": """
        SELECT item, 100 - hour AS pieces, make_timestamptz(2013, 6, 10, hour, 0, 0) AS counted_at
        FROM range(8, 12) AS h(hour), (VALUES ('pen'), ('ink')) AS i(item)
    """,
}


def write_fixture(folder: Path) -> None:
    """Write the shop's tables and their manifest."""
    folder.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'").fetchall()
    tables = {}
    for name, query in TABLES.items():
        path = folder / f"{name}.parquet"
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)").fetchall()
        made = connection.sql(f"FROM '{path}'")
        tables[name] = {
            "file": path.name,
            "rows": len(made),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "columns": dict(zip(made.columns, map(str, made.types), strict=True)),
        }
    (folder / "manifest.json").write_text(json.dumps({"fixture": DAY, "tables": tables}))


def write_shop(folder: Path) -> Config:
    """Write the whole shop into an empty folder, and load it."""
    write_fixture(folder / "fixtures" / DAY)
    shutil.copy(Path(__file__).with_name("copier.py"), folder)
    (folder / "scenarios").mkdir()
    (folder / "sandbox.toml").write_text(CONFIG)
    return load_config(folder / "sandbox.toml", environ={})


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's sandbox, up; what is played on it is written down first."""

    session: Session

    def write(self, story: str, *, apps: str = "[]", **files: str) -> Scenario:
        """Write a story down and load it; without claims of its own it has one that holds."""
        folder = self.session.config.folder / "scenarios"
        for name, content in files.items():
            (folder / name).write_text(content)
        lines = [f"claim: all is well\ngiven: {{fixture: {DAY}, apps: {apps}}}"]
        lines += [dedent(story).strip()]
        if "expect:" not in story:
            lines += ["expect: [{id: it, claim: it is so, violations: FROM range(0)}]\n"]
        path = folder / "story.yaml"
        path.write_text("\n".join(lines))
        return load_scenario(path, self.session.config)

    def play(self, story: str, *, variant: str | None = None, **rest: str) -> ScenarioResult:
        """Write a story down, and play it."""
        return self.session.replay(self.write(story, **rest), variant)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask one SQL over everything, as the last story left it."""
        return list(self.session.sql(query).rows)

    def clock(self) -> str | None:
        """Give the time that the feature server was set to."""
        found = self.session.live.feature_server().status()["clock"]["set"]
        return None if found is None else str(found)
