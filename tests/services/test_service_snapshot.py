"""One SQL over everything: what each place holds, and what it costs not to name it."""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sandbox.config.definition import FeatureTable, Topic
from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.errors import ServiceFailedError, UsageError
from sandbox.runtime.record import SandboxRecord
from sandbox.runtime.runtime import Runtime
from sandbox.services import feature_server, stream
from sandbox.services.feature_server import FeatureServerClient
from sandbox.services.object_store import ObjectStoreClient
from sandbox.services.snapshot import Places, Snapshot, snapshot
from sandbox.services.stream_client import Message, StreamClient

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.config.definition import Config
    from sandbox.runtime.folder import StateFolder
    from sandbox.runtime.ports import ReservedPorts


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what snapshots write apart, to see that nothing of it stays."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def nothing_in(folder: StateFolder) -> Runtime:
    """Give a runtime that started nothing in `folder`."""
    return Runtime(folder, SandboxRecord(name="shop", config="sandbox.toml"))


def rows(places: Places, query: str) -> list[dict[str, Any]]:
    """Ask a fresh snapshot."""
    with snapshot(places) as opened:
        return opened.query(query).as_dicts()


def call(at: int, **more: object) -> str:
    """Give a line of a call log."""
    said = {
        "at": at,
        "duration_us": 1500,
        "method": "POST",
        "path": "/sql",
        "status": 200,
        "request": {"x": [1]},
        "response": None,
    }
    return json.dumps({**said, **more}) + "\n"


def test_calls(folder: StateFolder) -> None:
    """Calls are read from their log: moments with their zone, bodies as JSON."""
    folder.calls("model_server").write_text(
        call(1_370_685_600_000_000) + call(2, status=0, request={"bytes": 9}, response="a")
    )
    found = rows(
        Places(runtime=nothing_in(folder)),
        "SELECT called_at, duration_ms, status, request->'x'->0 AS x, response FROM"
        " calls.model_server ORDER BY called_at DESC",
    )
    assert found == [
        {
            "called_at": "2013-06-08T10:00:00Z",
            "duration_ms": 1.5,
            "status": 200,
            "x": "1",
            "response": None,
        },
        {
            "called_at": "1970-01-01T00:00:00.000002Z",
            "duration_ms": 1.5,
            "status": 0,
            "x": None,
            "response": '"a"',
        },
    ]


@pytest.mark.parametrize("table", ["calls.model_server", "calls.feature_server", "events"])
def test_nothing_happened_yet(folder: StateFolder, table: str) -> None:
    """Where nothing was written there is an empty table, and not none."""
    assert rows(Places(runtime=nothing_in(folder)), f"FROM {table}") == []


def test_events(folder: StateFolder) -> None:
    """What replays did is there with its moment and its detail."""
    line = {
        "happened_at": "2013-06-08T10:00:00.25+00:00",
        "scenario": "day",
        "variant": None,
        "event": "kill",
        "detail": {"app": "scorer"},
    }
    folder.events.write_text(json.dumps(line) + "\n")
    found = rows(
        Places(runtime=nothing_in(folder)),
        "SELECT *, detail->>'app' AS app FROM events",
    )
    assert (found[0]["happened_at"], found[0]["app"]) == ("2013-06-08T10:00:00.250000Z", "scorer")


def test_apps(folder: StateFolder) -> None:
    """An app's log since its last reset is there line by line, with whatever bytes; quoted too."""
    folder.log("my-app").write_bytes(b"old\nstarted\nbad \xff\n")
    places = Places(runtime=nothing_in(folder), apps={"my-app": 4, "silent": 0})
    assert rows(places, 'FROM apps."my-app"') == [
        {"line": 1, "text": "started"},
        {"line": 2, "text": "bad \ufffd"},
    ]
    assert rows(places, "FROM apps.silent") == []


def test_fixtures(folder: StateFolder, tmp_path: Path) -> None:
    """The tables of a fixture are there as its Parquet files hold them."""
    file = tmp_path / "it's weather.parquet"
    quoted = str(file).replace("'", "''")
    duckdb.sql(f"COPY (SELECT 'JFK' AS origin, 60.5 AS temp) TO '{quoted}' (FORMAT parquet)")
    places = Places(runtime=nothing_in(folder), fixtures={"weather": file})
    assert rows(places, "FROM fixtures.weather") == [{"origin": "JFK", "temp": 60.5}]


def test_only_what_is_named_is_read(folder: StateFolder) -> None:
    """A log that cannot be read spoils no query but those that name it."""
    folder.calls("model_server").write_text("nonsense\n")
    places = Places(runtime=nothing_in(folder), apps={"web": 0})
    assert rows(places, "SELECT count(*) AS n FROM Apps.WEB") == [{"n": 0}]
    with pytest.raises(ServiceFailedError, match=r"calls\.model_server cannot be read: .*JSON"):
        rows(places, "FROM calls.model_server")


def test_it_is_a_snapshot(folder: StateFolder) -> None:
    """A place is read once: a second query sees what the first one saw."""
    log = folder.calls("model_server")
    log.write_text(call(1))
    with snapshot(Places(runtime=nothing_in(folder))) as opened:
        assert len(opened.query("FROM calls.model_server").rows) == 1
        log.write_text(call(1) + call(2))
        assert len(opened.query("FROM calls.model_server").rows) == 1


def test_what_there_is_can_be_asked(folder: StateFolder) -> None:
    """Asking which tables there are lists the places that were not named as well."""
    places = Places(runtime=nothing_in(folder), apps={"web": 0})
    found = rows(places, "SELECT schema, name FROM (SHOW ALL TABLES) ORDER BY ALL")
    assert [f"{each['schema']}.{each['name']}" for each in found] == [
        "apps.web",
        "calls.feature_server",
        "calls.model_server",
        "main.events",
    ]


def test_mistakes_are_told_and_nothing_stays(folder: StateFolder, scratch: Path) -> None:
    """A table that is not there is an error; no scratch folder stays."""
    with pytest.raises(UsageError, match="departures"):
        rows(Places(runtime=nothing_in(folder)), "FROM stream.departures")
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("service", ["stream", "object_store", "feature_server"])
def test_a_service_that_died_is_told_at_once(
    folder: StateFolder, scratch: Path, service: str
) -> None:
    """A service that should be up and is not is named, without waiting for its client to give up."""
    clients = {
        "stream": StreamClient(Endpoint(LOOPBACK, 1)),
        "object_store": ObjectStoreClient(Endpoint(LOOPBACK, 1)),
        "feature_server": FeatureServerClient(Endpoint(LOOPBACK, 1)),
    }
    gone = Places(runtime=nothing_in(folder), **{service: clients[service]})
    began = time.monotonic()
    with pytest.raises(ServiceFailedError, match=f"{service} does not answer at 127.0.0.1:1"):
        rows(gone, "SELECT 1")
    assert time.monotonic() - began < 2
    assert list(scratch.iterdir()) == []


def test_features(
    config: Config, folder: StateFolder, runtime: Runtime, ports: ReservedPorts
) -> None:
    """Feature tables are there as the feature server holds them, moments in UTC."""
    runtime.start([feature_server.spec(config, folder, ports.take())])
    where = runtime.record.processes[feature_server.NAME].endpoint
    assert where is not None
    client = feature_server.FeatureServerClient(where)
    client.define("weather", FeatureTable(entity=("origin",), event_timestamp="at"))
    file = folder.path / "weather.parquet"
    duckdb.sql(
        "COPY (SELECT 'JFK' AS origin, TIMESTAMPTZ '2013-06-08 10:00:00+00' AS at, 60.5 AS temp,"
        f" [1, 2] AS list) TO '{file}' (FORMAT parquet)"
    )
    client.write_parquet("weather", file, mode="replace")
    places = Places(runtime=nothing_in(folder), feature_server=FeatureServerClient(where))
    found = rows(places, "SELECT f.origin, f.at, f.temp FROM features.weather AS f")
    assert found == [{"origin": "JFK", "at": "2013-06-08T10:00:00Z", "temp": 60.5}]
    assert client.status()["tables"].keys() == {"weather"}


def test_stream(
    config: Config, folder: StateFolder, runtime: Runtime, ports: ReservedPorts
) -> None:
    """Records are there with place, moment, key and headers; a value that is no JSON is NULL."""
    runtime.start([stream.spec(config, folder, ports.take())])
    where = runtime.record.processes[stream.NAME].endpoint
    assert where is not None
    values = [b'{"x": 1}', b"\xff", b'"\\ud800"', b"NaN", b"", b"[" * 100_000, None]
    with StreamClient(where) as client:
        client.create_topics({"orders": Topic(), "empty": Topic()})
        client.produce(
            "orders",
            [
                Message(value, key=b"k\xff", timestamp=1_370_685_600_123, headers=(("h", b"v"),))
                for value in values
            ],
        )
    places = Places(runtime=nothing_in(folder), stream=StreamClient(where))
    found = rows(places, 'FROM stream.orders ORDER BY "offset"')
    assert [each["value"] for each in found] == ['{"x": 1}'] + [None] * 6
    assert [each["bytes"] for each in found][1:4] == ["\\xff", '"\\ud800"', "NaN"]
    assert (
        found[0].items()
        >= {
            "partition": 0,
            "offset": 0,
            "timestamp": "2013-06-08T10:00:00.123000Z",
            "key": "k\\xff",
            "headers": '{"h": "v"}',
        }.items()
    )
    assert rows(places, "FROM stream.empty") == []


@pytest.mark.parametrize(
    "keys",
    [
        ["{outside}/escaped.parquet"],
        ["../escaped.parquet"],
        ["a/../../escaped.parquet"],
        ["d.parquet", "d.parquet/part-0.parquet"],
    ],
)
def test_no_key_leads_out_of_the_snapshot(
    keys: list[str], config: Config, folder: StateFolder, tmp_path: Path
) -> None:
    """Keys that S3 allows and a folder does not are errors, and nothing is written elsewhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    keys = [key.format(outside=outside) for key in keys]
    with (
        closing(Snapshot(Places(runtime=nothing_in(folder)))) as opened,
        pytest.raises(ServiceFailedError, match="a key that no file can have"),
    ):
        write_all(opened, keys)
    assert list(outside.iterdir()) == []


def write_all(opened: Snapshot, keys: list[str]) -> None:
    """Write a file for each key, as fetching it does."""
    for key in keys:
        path = opened.path_of("box", key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
