"""One script for each role, told to a sandbox in whatever runtime: what it answers is compared."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from minio.error import S3Error
from minio.versioningconfig import VersioningConfig

from sandbox.services.ask import ask
from sandbox.services.object_versions import list_versions
from sandbox.services.stream_client import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.services.live import Live

KEYS = ("a/b/c.parquet", "plain", "with space", "ünïcode", "plus+and%percent", "date=2013-06-08/x")


def refusal(act: Callable[[], object]) -> tuple[int, str]:
    """Give the status and code of what S3 refuses."""
    try:
        act()
    except S3Error as error:
        return error.response.status, error.code
    return 200, ""


def object_store(live: Live) -> Iterator[Any]:
    """Put, list, read, overwrite on a condition, keep versions, remove."""
    client = live.object_store().minio()
    client.make_bucket("parity")
    for key in KEYS:
        put = client.put_object(
            "parity", key, io.BytesIO(b"0123456789"), 10, metadata={"Made": "x"}
        )
        yield key, put.etag
    listed = client.list_objects("parity", recursive=True)
    yield sorted((each.object_name, each.size, each.etag.strip('"')) for each in listed)
    yield sorted(each.object_name for each in client.list_objects("parity", prefix="a/"))
    found = client.stat_object("parity", "plain")
    yield found.size, found.metadata.get("x-amz-meta-made"), found.content_type
    answer = client.get_object("parity", "plain", offset=2, length=3)
    yield answer.read(), answer.status
    answer.close()
    yield refusal(lambda: client.stat_object("parity", "nothing"))
    yield refusal(lambda: client.get_object("parity", "nothing"))
    yield refusal(lambda: client.get_object("no-such-bucket", "nothing"))
    only_new = {"If-None-Match": "*"}
    for key in ("plain", "new"):
        yield (
            key,
            refusal(lambda key=key: client._put_object("parity", key, b"second", headers=only_new)),
        )
    yield client.get_object("parity", "plain").read()

    client.set_bucket_versioning("parity", VersioningConfig("Enabled"))
    for content in (b"1", b"22", b"333"):
        client.put_object("parity", "kept", io.BytesIO(content), len(content))
    client.remove_object("parity", "kept")
    yield refusal(lambda: client.stat_object("parity", "kept"))
    versions = [
        each for each in list_versions(live.object_store(), "parity") if each.object_name == "kept"
    ]
    yield [(each.etag, each.is_delete_marker) for each in versions]
    oldest = versions[-1]
    yield client.get_object("parity", "kept", version_id=oldest.version_id).read()
    yield refusal(lambda: client.remove_bucket("parity"))


def stream(live: Live) -> Iterator[Any]:
    """Make topics, write with keys, times and headers, read, and tell who is behind."""
    with live.stream() as client:
        client.produce(
            "departures",
            [
                Message(b'{"n": %d}' % n, b"key-%d" % (n % 5), 1_000_000 + n, (("h", b"%d" % n),))
                for n in range(20)
            ],
        )
        yield sorted(client.topics())
        yield sorted(client.end_offsets(["departures"]).items())
        yield sorted(
            (each.partition, each.offset, each.timestamp, each.key, each.value, tuple(each.headers))
            for each in client.read("departures")
        )
        yield [
            (each.group, each.topic, each.partition, each.end, each.behind)
            for each in client.lags({"nobody": ["departures"]})
            if each.group == "nobody"
        ]


def feature_server(live: Live) -> Iterator[Any]:
    """Read features now, as of a moment, and by SQL."""
    client = live.feature_server()
    yield client.describe("weather")
    asked = {
        "feature_service": "arrival_delay",
        "entities": {"origin": ["JFK", "XXX"], "tailnum": ["N11206", "?"], "carrier": ["UA", "?"]},
    }
    answer = json.loads(
        ask(live.endpoint("feature_server"), "POST", "/get-online-features", body=asked)
    )
    yield [(each["values"], each["statuses"]) for each in answer["results"]]
    yield json.loads(
        ask(
            live.endpoint("feature_server"),
            "POST",
            "/sql",
            body={"query": "SELECT origin, count(*) AS n FROM weather GROUP BY origin ORDER BY 1"},
            headers={"Accept": "application/json"},
        )
    )


def model_server(live: Live) -> Iterator[Any]:
    """Ask a model rightly and wrongly."""
    where = live.endpoint("model_server")
    described = json.loads(ask(where, "GET", "/v2/models/arrival_delay/versions/1"))
    yield described
    inputs = [
        {
            "name": each["name"],
            "datatype": each["datatype"],
            "shape": [1, *each["shape"][1:]],
            "data": [1.0] * (each["shape"][1] if len(each["shape"]) > 1 else 1),
        }
        for each in described["inputs"]
    ]
    client = live.model_server()
    status, answer = client.infer("arrival_delay", "1", {"inputs": inputs})
    yield status, [(each["name"], each["shape"], each["data"]) for each in answer["outputs"]]
    yield client.infer("arrival_delay", "7", {"inputs": inputs})
    yield client.infer("nothing", None, {"inputs": inputs})
    yield client.infer("arrival_delay", "1", {"inputs": []})


ROLES: dict[str, Callable[[Live], Iterator[Any]]] = {
    "object_store": object_store,
    "stream": stream,
    "feature_server": feature_server,
    "model_server": model_server,
}
