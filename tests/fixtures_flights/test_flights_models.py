"""The reference models say what their manifests say of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Ask = Callable[[str], list[tuple[Any, ...]]]

FEATURES = [
    *("dep_delay", "distance", "hour", "carrier", "origin", "temp"),
    *("wind_speed", "precip", "visib", "plane_age", "seats", "car24"),
]


@dataclass(frozen=True)
class Model:
    """A version of the model: its folder, its manifest, and a session."""

    folder: Path
    manifest: dict[str, Any]
    session: onnxruntime.InferenceSession

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the probability of each row."""
        (found,) = self.session.run(["probability"], {"features": rows})
        return np.asarray(found)

    def golden(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give the golden rows, with NaN for null, and their probabilities."""
        said = json.loads((self.folder / self.manifest["golden"]["file"]).read_text())
        return np.array(said["features"], np.float32), np.array(said["probability"], np.float32)


@pytest.fixture(scope="session", params=["1", "2"])
def model(flights: Path, request: pytest.FixtureRequest) -> Model:
    """Give each version in turn."""
    folder = flights / "models" / "arrival_delay" / request.param
    manifest = json.loads((folder / "manifest.json").read_text())
    return Model(folder, manifest, onnxruntime.InferenceSession(folder / "model.onnx"))


def test_the_manifest_names_its_files_and_their_bytes(model: Model) -> None:
    """Name and version are those of the folders; both files have the sha256 said; under 1 MB."""
    said = model.manifest
    assert (said["name"], said["version"]) == model.folder.parts[-2:]
    for file, sha256 in ((said["file"], said["sha256"]), _golden_file(said)):
        content = (model.folder / file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha256
        assert len(content) < 1_000_000


def _golden_file(said: dict[str, Any]) -> tuple[str, str]:
    return said["golden"]["file"], said["golden"]["sha256"]


def test_the_twelve_features_stand_in_their_order(model: Model) -> None:
    """Each has a type and a unit; carrier and origin have a sorted vocabulary, the others none."""
    features = model.manifest["features"]
    assert [each["name"] for each in features] == FEATURES
    assert {each["dtype"] for each in features} == {"FP32"}
    assert all(each["unit"] for each in features)
    words = {each["name"]: each["vocabulary"] for each in features if "vocabulary" in each}
    assert list(words) == ["carrier", "origin"]
    assert all(each == sorted(set(each)) for each in words.values())


def test_input_and_output_are_as_the_manifest_says(model: Model) -> None:
    """One input of rows of twelve FP32, one output of one FP32 a row, any number of rows."""
    found = [*model.session.get_inputs(), *model.session.get_outputs()]
    said = [model.manifest["input"], model.manifest["output"]]
    assert [each.name for each in found] == [each["name"] for each in said]
    assert {each.type for each in found} == {"tensor(float)"}
    assert {each["datatype"] for each in said} == {"FP32"}
    shapes = [[-1 if isinstance(size, str) else size for size in each.shape] for each in found]
    assert shapes == [each["shape"] for each in said] == [[-1, 12], [-1]]


def test_golden_rows_are_scored_as_golden_json_says(model: Model) -> None:
    """All 200 at once and each alone, within the manifest's tolerance."""
    rows, expected = model.golden()
    tolerance = model.manifest["golden"]["tolerance"]
    assert rows.shape == (200, 12)
    np.testing.assert_allclose(model.score(rows), expected, rtol=0, atol=tolerance)
    alone = np.concatenate([model.score(row[None, :]) for row in rows])
    np.testing.assert_allclose(alone, expected, rtol=0, atol=tolerance)


def test_golden_rows_miss_every_feature_once(model: Model) -> None:
    """Each feature is missing somewhere, one row misses all, and most miss nothing."""
    missing = np.isnan(model.golden()[0])
    assert missing.any(axis=0).all()
    assert missing.all(axis=1).sum() == 1
    assert missing.any(axis=1).mean() < 0.5


def test_golden_rows_tell_the_versions_apart(flights: Path, model: Model) -> None:
    """The other version gives most golden rows another probability, well beyond the tolerance."""
    other = {"1": "2", "2": "1"}[model.manifest["version"]]
    session = onnxruntime.InferenceSession(model.folder.parent / other / "model.onnx")
    rows, expected = model.golden()
    found = Model(model.folder, model.manifest, session).score(rows)
    assert (np.abs(found - expected) > 10 * model.manifest["golden"]["tolerance"]).mean() > 0.9


def test_a_later_departure_never_makes_a_delay_less_likely(model: Model) -> None:
    """Over the golden rows, dep_delay from -15 to 120 minutes in steps of 5."""
    rows, _ = model.golden()
    swept = np.repeat(rows, 28, axis=0)
    swept[:, FEATURES.index("dep_delay")] = np.tile(np.arange(-15, 125, 5), len(rows))
    probability = model.score(swept).reshape(len(rows), 28)
    assert np.diff(probability, axis=1).min() > -1e-6


def test_the_model_is_worth_what_was_measured_of_this_data(model: Model) -> None:
    """AUC about .91 and Brier about .086, better than the rule dep_delay; ONNX is scikit-learn's."""
    metrics = model.manifest["metrics"]
    assert metrics["auc"] == pytest.approx(0.909, abs=0.003)
    assert metrics["brier"] == pytest.approx(0.086, abs=0.002)
    assert metrics["auc"] > metrics["auc_of_dep_delay"] + 0.02
    assert metrics["max_difference_from_scikit_learn"] < model.manifest["golden"]["tolerance"]


def test_training_ends_before_the_test_begins(model: Model) -> None:
    """January to September trained, November and December tested."""
    training, test = model.manifest["training_window"], model.manifest["test_window"]
    assert (training["from"], training["to"]) == ("2013-01-01", "2013-09-30")
    assert (test["from"], test["to"]) == ("2013-11-01", "2013-12-31")
    assert (training["rows"], test["rows"]) == (244_737, 53_991)


def test_the_vocabularies_have_every_carrier_and_origin_of_the_days(model: Model, ask: Ask) -> None:
    """No departure of the fixtures is unknown to the model."""
    for feature in model.manifest["features"]:
        if "vocabulary" in feature:
            name = feature["name"]
            found = {value for (value,) in ask(f"SELECT DISTINCT {name} FROM departures")}
            assert found <= set(feature["vocabulary"])
