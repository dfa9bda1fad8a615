"""A small sandbox with a fixture, and a scenario that uses every kind of step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sandbox.config.load import load_config
from sandbox.errors import ScenarioError
from sandbox.scenario.load import load_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.config.definition import Config
    from sandbox.scenario.definition import Scenario

CONFIG = """\
[stream.topics.departures]
[stream.topics.predictions]
[object_store.buckets.archive]
[apps.scorer]
command = "python -m scorer"
environment = { MODEL_VERSION = "1", MODE = "test" }
[apps.archiver]
command = "python -m archiver"
"""

STORY = """\
claim: Every departure is scored once.
given:
  fixture: flights/saturday
  apps: [scorer, archiver]
  clock: 2013-06-08T04:00:00Z
steps:
  - produce:
      topic: departures
      from: departures
      where: origin = 'JFK'
      order_by: scheduled_at
      key: [carrier, flight]
      timestamp: scheduled_at
      pace: 3600x
      tick: 1h
  - produce:
      topic: departures
      from: flights/sunday/departures
      key: tailnum
  - produce:
      topic: predictions
      records:
        - {key: a, value: {carrier: NO, at: 12:30}, headers: {trace: "1"}}
        - text: not JSON
        - value:
      pace: 200/s
  - put_object: {bucket: archive, key: a/b, file: bodies/a.json}
  - put_object: {bucket: archive, key: a/c, text: hello}
  - call_model: {model: delay, version: "1", inputs: {x: [[1.5, 2]]}, status: 200}
  - run_sql: SELECT 1
  - run_sql: {query: SELECT 2, name: two}
  - stop: archiver
  - start: archiver
  - kill: model_server
  - restart: {name: scorer, signal: KILL}
  - set_clock: newest
  - set_clock: 2013-06-08T14:00:00Z
  - settle: 5s
  - settle
  - fail_requests: {api: Produce, error: NOT_LEADER_OR_FOLLOWER, chance: 0.5, rng_seed: 3}
  - fail_requests: {action: delay, seconds: 250ms, times: null}
  - outage: 2s
  - rebalance: scorer
  - expire_sessions: {group: scorer, member: first}
  - lift_faults
hops:
  - {name: departures, count: SELECT count(*) FROM stream.departures}
expect:
  - id: scored_once
    claim: No departure lacks a prediction.
    violations: SELECT 1 WHERE false
    hop: departures
  - {id: is_close, claim: The error is small., value: SELECT 3, between: [1, 5]}
  - {id: is_none, claim: Nothing is left., value: SELECT 0, equals: 0}
variants:
  short_key:
    claim: A key that is too short loses flights.
    must_fail: scored_once
    apps:
      scorer: {command: python -m 'short key', environment: {MODE: broken}}
  control:
    claim: The same again.
settle_within: 20s
"""

COLUMNS = dict.fromkeys(["carrier", "flight", "origin", "tailnum", "scheduled_at"], "VARCHAR")


@dataclass(frozen=True)
class Stories:
    """A folder of scenarios, and the sandbox that they are for."""

    config: Config
    folder: Path

    @property
    def file(self) -> Path:
        """The scenario in it."""
        return self.folder / "a_day.yaml"

    def load(self) -> Scenario:
        """Load the scenario."""
        return load_scenario(self.file, self.config)

    def change(self, old: str, new: str) -> None:
        """Write `new` in place of `old`, which stands there once."""
        text = self.file.read_text()
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        self.file.write_text(text.replace(old, new))

    def complaint(self, old: str, new: str) -> ScenarioError:
        """Make the scenario wrong in one place, and give the error that loading raises."""
        self.change(old, new)
        with pytest.raises(ScenarioError) as caught:
            self.load()
        return caught.value

    def complains(
        self, old: str, new: str, *, words: str, key: str | None, message: str, hint: str | None
    ) -> None:
        """Make the scenario wrong in one place, and compare all parts of the error.

        It must point at the line that holds `words`; `hint` None means any.
        """
        error = self.complaint(old, new)
        assert error.exit_code == 4
        assert error.message == message.format(folder=self.config.folder)
        assert error.where is not None
        assert (error.where.file, error.where.key) == (self.file, key)
        assert error.where.line == self.line_of(words)
        if hint is not None:
            assert error.hint == hint

    def line_of(self, words: str) -> int:
        """Give the line of the scenario at which these words first stand."""
        before, found, _ = self.file.read_text().partition(words)
        assert found, f"{words!r} stands nowhere"
        return before.count("\n") + 1


@pytest.fixture
def stories(tmp_path: Path) -> Stories:
    """Give a folder whose scenario is valid, with everything that it refers to."""
    for day in ("saturday", "sunday"):
        fixture = tmp_path / "fixtures/flights" / day
        fixture.mkdir(parents=True)
        table = {"file": "departures.parquet", "rows": 1, "sha256": "0", "columns": COLUMNS}
        manifest = {"fixture": f"flights/{day}", "tables": {"departures": table}}
        (fixture / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "sandbox.toml").write_text(CONFIG)
    folder = tmp_path / "scenarios"
    (folder / "bodies").mkdir(parents=True)
    (folder / "bodies/a.json").write_text("{}")
    stories = Stories(load_config(tmp_path / "sandbox.toml", environ={}), folder)
    stories.file.write_text(STORY)
    return stories
