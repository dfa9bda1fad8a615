"""Features are what was known, encoded as the model was trained; what is unknown stays unknown."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.reference.departure import Departure, read_departure
from sandbox.reference.features import FeatureClient
from sandbox.reference.http import CallFailedError, Server
from sandbox.reference.model import ModelClient, encode

if TYPE_CHECKING:
    from sandbox import Session

MODEL = Path(__file__).parents[2] / "fixtures/flights/models/arrival_delay/1"
NOW = datetime(2013, 6, 8, 16, tzinfo=UTC)


def departure(**changed: Any) -> Departure:
    """Give a departure of which all is known."""
    value = {
        "date": "2013-06-08",
        "scheduled_at": "2013-06-08T15:55:00Z",
        "departed_at": "2013-06-08T16:00:00Z",
        "carrier": "UA",
        "flight": 1,
        "origin": "EWR",
        "tailnum": None,
        "distance": 725,
        "hour": 11,
        "dep_delay": 5,
    }
    return read_departure(json.dumps({**value, **changed}).encode())


def test_features_are_those_of_the_time(sandbox: Session) -> None:
    """Each departure gets its own row, as it was known then, and None where nothing is known."""
    sandbox.live.feature_server().set_clock(NOW)
    ((tailnum, year, seats),) = sandbox.sql(
        "SELECT tailnum, year, seats FROM features.planes WHERE year IS NOT NULL"
        " AND seats IS NOT NULL ORDER BY tailnum LIMIT 1"
    ).rows
    ((temp, car24),) = sandbox.sql("""
        SELECT (SELECT max_by(temp, observed_at) FROM features.weather
                WHERE origin = 'EWR' AND observed_at <= '2013-06-08T16:00:00Z'),
               (SELECT max_by(car24, computed_at) FROM features.carrier_delay
                WHERE carrier = 'UA' AND computed_at <= '2013-06-08T16:00:00Z')
    """).rows
    known = departure(tailnum=tailnum)
    strange = replace(known, tailnum="NOBODY", carrier="??", origin="XXX")
    client = FeatureClient(Server(sandbox.env()["FEATURE_SERVER_URL"]), "arrival_delay")
    found, unknown, nameless = client.read([known, strange, replace(known, tailnum=None)])
    assert found["temp"] == pytest.approx(temp)
    assert found["car24"] == pytest.approx(car24)
    assert (found["plane_age"], found["seats"]) == (2013 - year, seats)
    assert (found["hour"], found["dep_delay"], found["carrier"]) == (11.0, 5.0, "UA")
    assert "year" not in found
    assert {unknown[name] for name in ("temp", "visib", "car24", "plane_age", "seats")} == {None}
    assert (nameless["plane_age"], nameless["seats"], nameless["temp"]) == (
        None,
        None,
        found["temp"],
    )


def test_the_model_answers_as_it_did_in_training(sandbox: Session) -> None:
    """Features as words and numbers give the probabilities of the golden rows."""
    features = json.loads((MODEL / "manifest.json").read_text())["features"]
    golden = json.loads((MODEL / "golden.json").read_text())
    rows = [
        {each["name"]: _decoded(each, value) for each, value in zip(features, row, strict=True)}
        for row in golden["features"]
    ]
    server = Server(sandbox.env()["MODEL_SERVER_URL"])
    model = ModelClient(server, "arrival_delay", "1")
    assert model.probabilities(rows) == pytest.approx(golden["probability"], abs=1e-5)

    strange, none = model.probabilities(
        [{**rows[0], "carrier": "??"}, {**rows[0], "carrier": None}]
    )
    assert strange == none
    with pytest.raises(CallFailedError, match="404"):
        ModelClient(server, "arrival_delay", "9")


@pytest.mark.parametrize(
    ("word", "encoded"),
    [("AA", 0.0), ("UA", 1.0), ("ua", None), ("??", None), ("", None), (None, None)],
)
def test_a_word_is_its_place_in_the_vocabulary(word: str | None, encoded: float | None) -> None:
    """A word that training never saw is None, which the model takes as unknown."""
    feature = {"name": "carrier", "vocabulary": ["AA", "UA"]}
    assert encode({"carrier": word}, feature) == encoded


@pytest.mark.parametrize(("number", "encoded"), [(6, 6.0), (0, 0.0), (None, None)])
def test_a_number_is_itself(number: float | None, encoded: float | None) -> None:
    """A feature without a vocabulary is sent as it is."""
    assert encode({"hour": number}, {"name": "hour"}) == encoded


def _decoded(feature: dict[str, Any], value: float | None) -> float | str | None:
    if value is None or math.isnan(value):
        return None
    return feature["vocabulary"][int(value)] if "vocabulary" in feature else value
