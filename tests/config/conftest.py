"""A folder with a sandbox.toml of every kind of thing, which each test makes wrong in one place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sandbox.config.load import load_config
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.config.definition import Config

WHOLE = """\
name = "shop"

[stream]
port = 19092
[stream.topics.orders]
partitions = 2
[stream.topics."orders.dead_letter"]
config = { "retention.ms" = "1000" }

[object_store.buckets.models]
seed = "seeds/models"
[object_store.buckets.archive]
versioning = true

[feature_server.tables.weather]
entity = "origin"
event_timestamp = "observed_at"
ttl = "6h"
seed = "days/monday/weather"
[feature_server.tables.empty]
entity = ["origin", "hour"]
event_timestamp = "at"
[feature_server.services]
score = ["weather:temp", "empty:anything"]

[model_server]
repository = "s3://models"
models = ["delay"]

[apps.web]
command = "{python} -m 'my web'"
directory = "seeds"
environment = { MODE = "test" }
ready = { http = "/health", within = "5s" }
port = 18080
provides = "WEB_URL"

[apps.worker]
command = ["{python}", "-m", "worker"]
after = ["stream", "web"]
ready = { log = "^ready" }
consumes = { orders = "worker" }
"""

WEATHER = {
    "file": "weather.parquet",
    "rows": 1,
    "sha256": "0",
    "columns": {"origin": "VARCHAR", "observed_at": "TIMESTAMP", "temp": "DOUBLE"},
    "event_timestamp": "observed_at",
}


@dataclass(frozen=True)
class Project:
    """A folder of the user's."""

    folder: Path

    @property
    def file(self) -> Path:
        """The sandbox.toml in it."""
        return self.folder / "sandbox.toml"

    def load(self, **flags: object) -> Config:
        """Load it, in an environment that says nothing unless told."""
        return load_config(self.file, **{"environ": {}, **flags})  # type: ignore[arg-type]

    def complaint(self, old: str, new: str) -> SandboxError:
        """Write `new` in place of `old`, and give the error that loading raises."""
        text = self.file.read_text()
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        self.file.write_text(text.replace(old, new))
        with pytest.raises(SandboxError) as caught:
            self.load()
        return caught.value

    def is_told(
        self, old: str, new: str, *, words: str, key: str, message: str, hint: str | None
    ) -> None:
        """Write `new` in place of `old`: loading says what is wrong, at the line of `words`."""
        error = self.complaint(old, new)
        assert error.exit_code == 4
        assert error.message == message.format(folder=self.folder)
        assert error.where is not None
        assert (error.where.file, error.where.key) == (self.file, key)
        assert error.where.line == self.line_of(words)
        if hint is not None:
            assert error.hint == hint

    def line_of(self, words: str) -> int:
        """Give the line of the file at which these words first stand."""
        before, found, _ = self.file.read_text().partition(words)
        assert found, f"{words!r} stands nowhere"
        return before.count("\n") + 1


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give a folder whose sandbox.toml is valid, with everything that it refers to."""
    (tmp_path / "seeds/models/delay/1").mkdir(parents=True)
    fixture = tmp_path / "fixtures/days/monday"
    fixture.mkdir(parents=True)
    manifest = {"fixture": "days/monday", "tables": {"weather": WEATHER}}
    (fixture / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "sandbox.toml").write_text(WHOLE)
    return Project(tmp_path)
