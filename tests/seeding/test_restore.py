"""Whatever was done to a sandbox, reset brings back what was seeded."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from kafka import KafkaConsumer
from minio.versioningconfig import VersioningConfig
from seeded import MODELS

from sandbox.services.ask import ask, ask_json
from sandbox.services.stream_client import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from seeded import Seeded


@pytest.fixture(scope="module")
def seed(seeded: Seeded) -> dict[str, Any]:
    """Give the listing of what was seeded."""
    seeded.session.reset()
    return seeded.listing()


def write_records(seeded: Seeded) -> None:
    """Write records, also to a topic that this makes, and commit in a group."""
    with seeded.session.live.stream() as client:
        client.produce("orders", [Message(value=b"1"), Message(value=b"2", key=b"k")])
        client.produce("surprise", [Message(value=b"3")])
    servers = seeded.session.env()["KAFKA_BOOTSTRAP_SERVERS"]
    consumer = KafkaConsumer(
        "orders", bootstrap_servers=servers, group_id="reader", auto_offset_reset="earliest"
    )
    while not consumer.poll(timeout_ms=100):
        pass
    consumer.commit()
    consumer.close()


def delete_topics(seeded: Seeded) -> None:
    """Remove one topic, and make another one anew with other partitions."""
    admin = seeded.admin()
    admin.delete_topics(["orders.late", "orders"])
    admin.create_topics({"orders": {"num_partitions": 1, "replication_factor": 1}})
    admin.close()


def change_objects(seeded: Seeded) -> None:
    """Overwrite, delete and add objects, in a bucket that keeps versions as well."""
    for bucket in ("shelf", "history"):
        seeded.put(bucket, "a.txt", b"other")
        seeded.put(bucket, "deep/er/new", b"new")
        seeded.minio().remove_object(bucket, "deep/er/b.bin")
        seeded.put(bucket, "empty", b"a")
        seeded.put(bucket, "empty", b"")
    seeded.put("empty", "no/longer", b"x")


def change_buckets(seeded: Seeded) -> None:
    """Make buckets, one that keeps versions among them, and remove declared ones."""
    client = seeded.minio()
    for name in ("new", "kept"):
        client.make_bucket(name)
    client.set_bucket_versioning("kept", VersioningConfig("Enabled"))
    for name in ("new", "kept"):
        seeded.put(name, "a/b", b"1")
        seeded.put(name, "a/b", b"2")
    client.remove_object("kept", "a/b")
    for name in ("empty", "shelf", "history"):
        seeded.remove_bucket(name)


def write_rows(seeded: Seeded) -> None:
    """Write rows over those that were seeded, and to a table that had none."""
    row = {"item": "pen", "pieces": 0, "counted_at": "2013-06-10T08:00:00Z"}
    seeded.write_rows("stock", [row, {**row, "item": "cap"}])
    seeded.write_rows("unwritten", [{"item": "pen", "at": "2013-06-10T08:00:00Z", "x": 1}])


def replace_rows(seeded: Seeded) -> None:
    """Put other rows of other columns in place of all that were there."""
    row = {"item": "pen", "boxes": 1.5, "counted_at": "2013-06-10T08:00:00Z"}
    seeded.write_rows("stock", [row], mode="replace")


def drop_tables(seeded: Seeded) -> None:
    """Drop a table, and make others: one anew with another meaning, one that nobody declared."""
    server = seeded.feature_server()
    for name in ("stock", "unwritten"):
        ask(server, "DELETE", f"/sandbox/tables/{name}")
    definition = {"entity": ["shop"], "event_timestamp": "at", "ttl_seconds": None}
    for name in ("unwritten", "mine"):
        ask_json(server, "PUT", f"/sandbox/tables/{name}", body=definition)


def change_features(seeded: Seeded) -> None:
    """Set the clock, and have a feature service mean something else."""
    server = seeded.feature_server()
    ask_json(server, "PUT", "/sandbox/clock", body={"now": "2013-06-10T09:00:00Z"})
    other = {"features": ["stock:counted_at"]}
    ask_json(server, "PUT", "/sandbox/feature-services/shop", body=other)


def unload_models(seeded: Seeded) -> None:
    """Unload the declared model."""
    seeded.session.live.model_server().unload("arrival_delay")


def replace_models(seeded: Seeded) -> None:
    """Have the server load another model in place of one version, one more, one of another name."""
    seeded.put_model("arrival_delay", "1", label="something else")
    seeded.put_model("arrival_delay", "3")
    seeded.put_model("surprise", "1")
    client = seeded.session.live.model_server()
    client.load("arrival_delay")
    client.load("surprise")


def remove_models(seeded: Seeded) -> None:
    """Remove a version from the object store and have the server follow."""
    bundle = MODELS / "arrival_delay/2"
    for path in bundle.iterdir():
        seeded.minio().remove_object("models", f"arrival_delay/2/{path.name}")
    seeded.session.live.model_server().load("arrival_delay")


def kill_services(seeded: Seeded) -> None:
    """Kill everything, after changing it."""
    write_rows(seeded)
    change_objects(seeded)
    for name in seeded.session.live.service_names():
        seeded.session.kill(name)


CHANGES = (
    write_records,
    delete_topics,
    change_objects,
    change_buckets,
    write_rows,
    replace_rows,
    drop_tables,
    change_features,
    unload_models,
    replace_models,
    remove_models,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each.__name__)
def test_reset_brings_back_what_was_seeded(
    seeded: Seeded, seed: dict[str, Any], change: Callable[[Seeded], None]
) -> None:
    """After each kind of change the listings of everything are those of the seed."""
    change(seeded)
    assert seeded.listing() != seed
    seeded.session.reset()
    assert seeded.listing() == seed


def test_reset_brings_back_what_was_killed(seeded: Seeded, seed: dict[str, Any]) -> None:
    """Services that died are started again, and hold what was seeded."""
    kill_services(seeded)
    seeded.session.reset()
    assert seeded.listing() == seed


def test_reset_forgets_calls_and_events(seeded: Seeded) -> None:
    """What was asked and done before is not seen afterwards, and services can still write it."""
    seeded.session.live.model_server().infer("arrival_delay", None, {"inputs": []})
    seeded.session.live.folder.events.write_text('{"event": "mine"}\n')
    assert seeded.session.sql("SELECT count(*) > 0 FROM calls.model_server").rows == ((True,),)
    seeded.session.reset()
    calls = "SELECT (SELECT count(*) FROM calls.model_server), (SELECT count(*) FROM events)"
    assert seeded.session.sql(calls).rows == ((0, 0),)
    seeded.session.live.model_server().infer("arrival_delay", None, {"inputs": []})
    assert seeded.session.sql("SELECT count(*) FROM calls.model_server").rows == ((1,),)


def test_reset_writes_nothing_where_nothing_changed(seeded: Seeded, seed: dict[str, Any]) -> None:
    """Objects and tables that are as they were seeded are left alone: a reset is quick."""
    versions = seeded.session.live.feature_server().status()["tables"]
    written = [each.last_modified for each in seeded.minio().list_objects("shelf", recursive=True)]
    seeded.session.reset()
    assert seeded.session.live.feature_server().status()["tables"] == versions
    again = [each.last_modified for each in seeded.minio().list_objects("shelf", recursive=True)]
    assert again == written
    assert seeded.listing() == seed


def test_reset_brings_back_an_object_with_the_same_bytes(
    seeded: Seeded, seed: dict[str, Any]
) -> None:
    """An object that was put again as it was seeded is the same object."""
    seeded.minio().put_object("shelf", "a.txt", io.BytesIO(b"a"), 1)
    seeded.session.reset()
    assert seeded.listing() == seed
