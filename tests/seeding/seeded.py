"""A sandbox with something of everything seeded, and a listing of all that it holds."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from kafka.admin import KafkaAdminClient

from sandbox import load_config
from sandbox.services.ask import ask, ask_json

if TYPE_CHECKING:
    from sandbox import Session
    from sandbox.config.definition import Config
    from sandbox.endpoint import Endpoint

MODELS = Path(__file__).parents[2] / "fixtures/flights/models"
DAY = "shop/monday"

CONFIG = f"""\
name = "seeded"
[stream.topics.orders]
partitions = 3
[stream.topics."orders.late"]
config = {{ "max.message.bytes" = "2000" }}
[object_store.buckets.models]
seed = "{MODELS}"
[object_store.buckets.shelf]
seed = "shelf"
[object_store.buckets.history]
seed = "shelf"
versioning = true
[object_store.buckets.empty]
[feature_server.tables.stock]
entity = ["item"]
event_timestamp = "counted_at"
ttl = "6h"
seed = ["{DAY}/stock", "{DAY}/more"]
[feature_server.tables.unwritten]
entity = ["item"]
event_timestamp = "at"
[feature_server.services]
shop = ["stock:pieces"]
[model_server]
models = ["arrival_delay"]
"""

SHELF = {"a.txt": b"a", "deep/er/b.bin": bytes(range(256)), "empty": b"", "Z\u00fcrich.txt": b"z"}

STOCK = """
    SELECT item, {pieces} AS pieces, make_timestamptz(2013, 6, {day}, 8, 0, 0) AS counted_at
    FROM (VALUES ('pen'), ('ink')) AS i(item)
"""


def write_seeds(folder: Path) -> Config:
    """Write what is seeded into an empty folder, and load the sandbox's config."""
    for key, content in {**SHELF, ".hidden": b"no object"}.items():
        path = folder / "shelf" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    tables = {"stock": STOCK.format(pieces=7, day=10), "more": STOCK.format(pieces=5, day=11)}
    write_fixture(folder / "fixtures" / DAY, tables)
    (folder / "sandbox.toml").write_text(CONFIG)
    return load_config(folder / "sandbox.toml", environ={})


def write_fixture(folder: Path, tables: dict[str, str]) -> None:
    """Write tables as Parquet, and the manifest that describes them."""
    folder.mkdir(parents=True)
    described = {}
    connection = duckdb.connect()
    for name, query in tables.items():
        path = folder / f"{name}.parquet"
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)").fetchall()
        found = connection.sql(f"FROM '{path}'")
        described[name] = {
            "file": path.name,
            "rows": len(found),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "columns": dict(zip(found.columns, map(str, found.types), strict=True)),
        }
    (folder / "manifest.json").write_text(json.dumps({"fixture": DAY, "tables": described}))


@dataclass(frozen=True, slots=True)
class Seeded:
    """The sandbox, and what may be done to it."""

    session: Session

    # -- what it holds --------------------------------------------------------

    def listing(self) -> dict[str, Any]:
        """List everything that seeding puts there, with all contents."""
        return {
            "stream": self.stream(),
            "objects": self.objects(),
            "features": self.features(),
            "models": self.models(),
        }

    def stream(self) -> dict[str, Any]:
        """Give each topic's partitions with their end offsets and settings, and the groups."""
        admin = self.admin()
        with self.session.live.stream() as client:
            ends = client.end_offsets(client.topics())
        groups = [each["group_id"] for each in admin.list_groups()]
        admin.close()
        return {"ends": ends, "groups": groups, "settings": self.settings("orders.late")}

    def settings(self, topic: str) -> dict[str, str]:
        """Give the settings of a topic that are its own."""
        from kafka.admin import ConfigResource, ConfigResourceType  # noqa: PLC0415 - late

        admin = self.admin()
        found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        admin.close()
        return json.loads(json.dumps(found, default=str, sort_keys=True))

    def admin(self) -> KafkaAdminClient:
        """Give a client of the stream; close it."""
        return KafkaAdminClient(bootstrap_servers=self.session.env()["KAFKA_BOOTSTRAP_SERVERS"])

    def minio(self) -> Any:
        """Give a client of the object store."""
        return self.session.live.object_store().minio()

    def objects(self) -> dict[str, dict[str, list[str]]]:
        """Give the MD5 of every version of every object, by bucket and key."""
        client = self.minio()
        found: dict[str, dict[str, list[str]]] = {}
        for bucket in client.list_buckets():
            keys = found.setdefault(bucket.name, {})
            for each in client.list_objects(bucket.name, recursive=True, include_version=True):
                is_marker = each.is_delete_marker
                keys.setdefault(each.object_name, []).append(
                    "deleted" if is_marker else each.etag.strip('"')
                )
        return found

    def features(self) -> dict[str, Any]:
        """Give the rows of each table, the services, and the clock."""
        server = self.feature_server()
        tables = ask_json(server, "GET", "/sandbox/tables")
        rows = {
            name: self.session.sql(f'SELECT * FROM features."{name}" ORDER BY ALL').rows
            for name, table in tables.items()
            if table["columns"]
        }
        described = {
            name: {key: each for key, each in table.items() if key != "version"}
            for name, table in tables.items()
        }
        services = ask_json(server, "GET", "/sandbox/feature-services")
        clock = ask_json(server, "GET", "/sandbox/clock")
        return {"tables": described, "rows": rows, "services": services, "clock": clock}

    def feature_server(self) -> Endpoint:
        """Say where the feature server is."""
        return self.session.live.endpoint("feature_server")

    def models(self) -> dict[str, Any]:
        """Give what each model that is served says of itself, by version."""
        server = self.session.live.endpoint("model_server")
        index = ask_json(server, "POST", "/v2/repository/index", body={})
        return {
            f"{each['name']}/{each['version']}": ask_json(
                server, "GET", f"/v2/models/{each['name']}/versions/{each['version']}"
            )
            for each in index
            if each["state"] == "READY"
        }

    # -- what may be done to it -----------------------------------------------

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Put an object."""
        self.minio().put_object(bucket, key, io.BytesIO(content), len(content))

    def put_model(self, name: str, version: str, **changed: Any) -> None:
        """Put a bundle: the second version of the seeded model, under another name or number."""
        bundle = MODELS / "arrival_delay/2"
        manifest = json.loads((bundle / "manifest.json").read_text())
        said = {**manifest, "name": name, "version": version, **changed}
        self.put("models", f"{name}/{version}/model.onnx", (bundle / "model.onnx").read_bytes())
        self.put("models", f"{name}/{version}/manifest.json", json.dumps(said).encode())
        self.put("models", f"{name}/{version}/golden.json", (bundle / "golden.json").read_bytes())

    def remove_bucket(self, bucket: str) -> None:
        """Remove a bucket and all of its objects."""
        client = self.minio()
        for each in client.list_objects(bucket, recursive=True, include_version=True):
            client.remove_object(bucket, each.object_name, version_id=each.version_id)
        client.remove_bucket(bucket)

    def write_rows(self, table: str, rows: list[dict[str, Any]], mode: str = "append") -> None:
        """Write rows to a feature table."""
        ask(
            self.feature_server(),
            "POST",
            f"/sandbox/tables/{table}/rows?mode={mode}",
            content=json.dumps(rows).encode(),
            headers={"Content-Type": "application/json"},
        )
