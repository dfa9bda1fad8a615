"""Scores each departure: how likely it arrives more than fifteen minutes late.

A record that is no departure goes to the dead letters, with the reason in a header. Producing is
idempotent and the key is the flight's, so a batch that is done twice writes the same keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaProducer

from sandbox.reference.consuming import Records, consume, say
from sandbox.reference.departure import Departure, UnreadableError, read_departure
from sandbox.reference.features import FeatureClient, Value
from sandbox.reference.http import Server
from sandbox.reference.model import ModelClient
from sandbox.reference.settings import Settings, feature_server_url, model_server_url

GROUP = "scorer"
WRITTEN_WITHIN = 30

Key = Callable[[Departure], str]


class Scorer:
    """Turns batches of departures into predictions."""

    def __init__(self, settings: Settings, key: Key) -> None:
        """Connect to everything; `key` gives what a prediction is known by."""
        self._settings = settings
        self._key = key
        self._features = FeatureClient(Server(feature_server_url()), settings.feature_service)
        self._model = ModelClient(
            Server(model_server_url()), settings.model_name, settings.model_version
        )
        self._producer = KafkaProducer(
            bootstrap_servers=settings.bootstrap_servers, acks="all", enable_idempotence=True
        )

    def score(self, records: Records) -> None:
        """Write a prediction or a dead letter for each record, and wait until all are kept."""
        departures = []
        sent = []
        for record in records:
            try:
                departures.append(read_departure(record.value))
            except UnreadableError as error:
                sent.append(self._send_dead_letter(record, str(error)))
        if departures:
            features = self._features.read(departures)
            probabilities = self._model.probabilities(features)
            for departure, row, chance in zip(departures, features, probabilities, strict=True):
                sent.append(self._send_prediction(departure, row, chance))
        self._producer.flush(timeout=WRITTEN_WITHIN)
        for each in sent:
            each.get(timeout=WRITTEN_WITHIN)
        say(f"scored {len(departures)} departures")

    def _send_prediction(
        self, departure: Departure, features: Mapping[str, Value], probability: float
    ) -> Any:
        key = self._key(departure)
        prediction = {
            "prediction_id": key,
            "scheduled_at": departure.scheduled_at.isoformat(),
            "departed_at": departure.departed_at.isoformat(),
            "carrier": departure.carrier,
            "flight": departure.flight,
            "origin": departure.origin,
            "model_name": self._settings.model_name,
            "model_version": self._settings.model_version,
            "probability": probability,
            "features": dict(features),
            "scored_at": datetime.now(UTC).isoformat(),
        }
        value = json.dumps(prediction, allow_nan=False).encode()
        return self._producer.send(self._settings.predictions, value, key=key.encode())

    def _send_dead_letter(self, record: Any, reason: str) -> Any:
        headers = [("reason", reason.encode()), ("offset", str(record.offset).encode())]
        # A record without key and value may be read, but kafka-python will not write one.
        value = record.value or b""
        return self._producer.send(
            self._settings.dead_letters, value, key=record.key, headers=headers
        )

    def close(self) -> None:
        """Let go of the stream."""
        self._producer.close()


def main(key: Key = lambda departure: departure.key) -> None:
    """Score until told to stop."""
    settings = Settings()
    scorer = Scorer(settings, key)
    try:
        consume(settings.departures, GROUP, settings.bootstrap_servers, scorer.score)
    finally:
        scorer.close()


if __name__ == "__main__":
    main()
