"""The repository: what is loaded from the object store, what is refused, and when it is ready."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
import tiny_model
from model_bucket import NAMES, WEIGHTS
from model_process import succeed

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from model_bucket import Bucket
    from model_process import ModelProcess

    StartServer = Callable[..., ModelProcess]

ROWS = [[0.5, 1.0, -2.0]]
ONNX = tiny_model.logistic(WEIGHTS["1"])
MANIFEST = tiny_model.manifest(ONNX, "m", "1", NAMES)


def version_files(
    onnx: bytes = ONNX, at: str = "m/1", manifest: Mapping[str, Any] | None = MANIFEST
) -> dict[str, bytes]:
    """Give the files of a version, whose manifest need not be true."""
    files = {f"{at}/model.onnx": onnx}
    if manifest is not None:
        files[f"{at}/manifest.json"] = json.dumps(manifest).encode()
    return files


def without(manifest: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Give a manifest that lacks a key."""
    return {name: value for name, value in manifest.items() if name != key}


def described(onnx: bytes, **more: object) -> dict[str, bytes]:
    """Give the files of m 1, with another model."""
    return version_files(onnx, manifest={**tiny_model.manifest(onnx, "m", "1", NAMES), **more})


REFUSED: dict[str, tuple[dict[str, bytes], str]] = {
    "no manifest": (version_files(manifest=None), "manifest.json is missing from m/1"),
    "no model": (
        {"m/1/manifest.json": json.dumps(MANIFEST).encode()},
        "model.onnx is missing from m/1",
    ),
    "a manifest that is no JSON": (
        {**version_files(), "m/1/manifest.json": b"{"},
        "manifest.json: Input data was truncated",
    ),
    "no sha256": (
        version_files(manifest=without(MANIFEST, "sha256")),
        "manifest.json: Object missing required field `sha256`",
    ),
    "no features": (
        version_files(manifest=without(MANIFEST, "features")),
        "manifest.json: Object missing required field `features`",
    ),
    "a feature without a name": (
        version_files(manifest={**MANIFEST, "features": [{"name": "a"}, {"unit": "1"}]}),
        "manifest.json: features[1] has no name",
    ),
    "another model's manifest": (
        version_files(manifest={**MANIFEST, "name": "n"}),
        "manifest.json speaks of 'n' version '1', and lies at m/1",
    ),
    "another version's manifest": (
        version_files(manifest={**MANIFEST, "version": "2"}),
        "manifest.json speaks of 'm' version '2', and lies at m/1",
    ),
    "another file than was described": (
        version_files(tiny_model.logistic(WEIGHTS["9"])),
        "model.onnx has sha256 "
        + hashlib.sha256(tiny_model.logistic(WEIGHTS["9"])).hexdigest()[:16],
    ),
    "more features than the model takes": (
        described(tiny_model.logistic([1.0, 2.0])),
        "model.onnx takes 2 numbers a row, manifest.json lists 3 features (a, b, c)",
    ),
    "fewer features than the model takes": (
        described(tiny_model.logistic([1.0] * 4)),
        "model.onnx takes 4 numbers a row, manifest.json lists 3 features (a, b, c)",
    ),
    "an input that is not there": (
        described(ONNX, input="x"),
        "manifest.json says input 'x', model.onnx has 'features'",
    ),
    "an output that is not there": (
        described(ONNX, output="p"),
        "manifest.json says output 'p', model.onnx has 'probability'",
    ),
    "no ONNX at all": (described(b"no model"), "model.onnx cannot be loaded: "),
    "an output that is no tensor": (
        described(tiny_model.sequence(), features=[{"name": "a"}]),
        "model.onnx: output 'y' is seq(tensor(float)), which the protocol cannot carry",
    ),
    "a version that is no number": (
        version_files(at="m/latest"),
        "m/latest: a version is a whole number, such as 1",
    ),
}


@pytest.mark.parametrize(("files", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_bad_version_is_refused_and_says_why(
    bucket: Bucket, start_server: StartServer, files: dict[str, bytes], reason: str
) -> None:
    """The reason stands in load's error, in the index and in readiness; nothing is served."""
    bucket.put(files)
    server = start_server("m")
    answer = server.load("m")
    assert answer.status == 400
    assert reason in answer.error
    ((_, said),) = server.index().items()
    assert said.startswith("UNAVAILABLE")
    assert reason in said
    ready = server.ask("GET", "/v2/health/ready")
    assert (ready.status, reason in ready.error) == (503, True)
    assert server.infer("m", []).status == 503


def test_a_bad_version_keeps_the_good_ones_serving(
    bucket: Bucket, start_server: StartServer
) -> None:
    """A refused version 10 leaves 1 and 9 as they were, and the server ready; mended, it serves."""
    bucket.put_version("m", "1")
    bucket.put_version("m", "9")
    server = start_server("m")
    server.wait_ready()
    before = server.probabilities("m", ROWS)
    bucket.put_version("m", "10", sha256="0" * 64)
    answer = server.load("m")
    assert answer.status == 400
    assert "version 10: model.onnx has sha256" in answer.error
    assert server.probabilities("m", ROWS) == before
    index = server.index()
    assert [index["m", number].split()[0] for number in ("1", "9", "10")] == [
        "READY",
        "READY",
        "UNAVAILABLE",
    ]
    assert "version 10" in server.get("/v2/health/ready")["reasons"][0]
    missing = server.ask("GET", "/v2/models/m/versions/10")
    assert (missing.status, "model.onnx has sha256" in missing.error) == (404, True)
    bucket.put_version("m", "10")
    assert succeed(server.load("m")).json() == {"name": "m", "versions": ["1", "9", "10"]}
    assert server.get("/v2/health/ready")["reasons"] == []


def test_new_files_that_are_bad_leave_the_old_ones_serving(
    bucket: Bucket, start_server: StartServer
) -> None:
    """A version that is overwritten with something wrong serves as before, and says so."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    before = server.probabilities("m", ROWS)
    bucket.put({"m/1/model.onnx": tiny_model.logistic(WEIGHTS["9"])})
    assert server.load("m").status == 400
    assert server.probabilities("m", ROWS) == before
    assert server.index()["m", "1"].startswith("READY model.onnx has sha256")


def test_load_brings_what_is_new_and_drops_what_is_gone(
    bucket: Bucket, start_server: StartServer
) -> None:
    """After a load, the versions are those of the object store, with their newest files."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    bucket.put_version("m", "9")
    assert server.get("/sandbox/status")["models"] == {"m": ["1"]}
    succeed(server.load("m"))
    assert server.get("/sandbox/status")["models"] == {"m": ["1", "9"]}
    nine = server.probabilities("m", ROWS)
    bucket.remove("m/9/model.onnx", "m/9/manifest.json")
    succeed(server.load("m"))
    assert server.get("/sandbox/status")["models"] == {"m": ["1"]}
    bucket.put(tiny_model.files(tiny_model.logistic(WEIGHTS["9"]), "m", "1", NAMES))
    succeed(server.load("m"))
    assert server.probabilities("m", ROWS) == nine


def test_a_load_that_finds_nothing_changes_nothing(
    bucket: Bucket, start_server: StartServer
) -> None:
    """A model that vanished from the object store is served on, and load says that it is gone."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    bucket.remove("m/1/model.onnx", "m/1/manifest.json")
    answer = server.load("m")
    assert answer.status == 404
    assert answer.error == f"there is no model at {bucket.address}/m/<version>/model.onnx"
    assert server.probabilities("m", ROWS)


def test_models_lie_under_the_prefix(bucket: Bucket, start_server: StartServer) -> None:
    """`s3://bucket/some/prefix` is where names begin; golden rows and notes lie beside unread."""
    files = tiny_model.files(ONNX, "m", "1", NAMES)
    bucket.put({f"team/a/{key}": content for key, content in files.items()})
    bucket.put({"team/a/m/1/golden.json": b"{}", "team/a/m/README.md": b"notes"})
    server = start_server("m", models=f"{bucket.address}/team/a/")
    server.wait_ready()
    assert server.index() == {("m", "1"): "READY"}


def test_a_width_that_the_model_leaves_open_is_the_number_of_features(
    bucket: Bucket, start_server: StartServer
) -> None:
    """Then the manifest alone says how wide a row is, and it is held to."""
    bucket.put(tiny_model.files(tiny_model.logistic([1.0] * 3, width="n"), "m", "1", NAMES))
    server = start_server("m")
    server.wait_ready()
    assert server.get("/v2/models/m")["inputs"][0]["shape"] == [-1, 3]
    tensor = {"name": "features", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}
    assert "the features are a, b, c" in server.infer("m", [tensor]).error


def test_not_ready_until_all_that_is_declared_is_loaded(
    bucket: Bucket, start_server: StartServer
) -> None:
    """503 names what is missing; it is looked for again, without anybody's asking."""
    bucket.put_version("a", "1")
    server = start_server("a", "b")
    wait_until(
        lambda: server.get("/sandbox/status")["models"]["a"], within=10, waiting_for="model a"
    )
    expected = f"model 'b' is not loaded yet: there is no model at {bucket.address}/b/"
    wait_until(
        lambda: server.ask("GET", "/v2/health/ready").error.startswith(expected),
        within=10,
        waiting_for=expected,
        last_seen=lambda: server.ask("GET", "/v2/health/ready").error,
    )
    assert server.ask("GET", "/v2/models/a/ready").status == 200
    assert server.ask("GET", "/v2/models/b/ready").status == 503
    assert server.ask("POST", "/v2/repository/index", {"ready": True}).json() == [
        {"name": "a", "version": "1", "state": "READY", "reason": ""}
    ]
    bucket.put_version("b", "1")
    server.wait_ready()


def test_unloaded_is_unloaded(bucket: Bucket, start_server: StartServer) -> None:
    """An unloaded model is not served, not brought back by itself, and loaded again on demand."""
    bucket.put_version("m", "1")
    server = start_server("m")
    server.wait_ready()
    succeed(server.unload("m"))
    assert server.infer("m", []).status == 404
    ready = server.ask("GET", "/v2/health/ready")
    assert (ready.status, ready.error) == (503, "model 'm' was unloaded")
    assert server.unload("nothing").status == 404
    succeed(server.load("m"))
    server.wait_ready()
    assert server.probabilities("m", ROWS)


def test_without_a_bucket_or_a_store_load_says_so(
    bucket: Bucket, start_server: StartServer
) -> None:
    """A bucket that is not there is 404, a store that does not answer or is not named 503."""
    missing = start_server(models="s3://nowhere").load("m")
    assert (missing.status, missing.error) == (404, "the object store has no bucket 'nowhere'")


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "the object store at http://127.0.0.1:1"),
        ({"AWS_ENDPOINT_URL": ""}, "AWS_ENDPOINT_URL is not set"),
    ],
)
def test_a_store_that_does_not_answer_is_told_at_once(
    start_server: StartServer, store: dict[str, str], said: str
) -> None:
    """503 from load; the server itself is up, and says the same when it is asked for readiness."""
    server = start_server("m", store=store)
    answer = server.load("m")
    assert answer.status == 503
    assert answer.error.startswith(said)
    assert said in server.ask("GET", "/v2/health/ready").error
