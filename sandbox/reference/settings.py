"""What an app may be told from outside: environment variables, and their defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


def _text(name: str, default: str | None = None) -> str:
    found = os.environ.get(name, default)
    if not found:
        raise SystemExit(f"{name} is not set: it says where this app finds what it needs")
    return found


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once, at the start."""

    bootstrap_servers: str = field(default_factory=lambda: _text("KAFKA_BOOTSTRAP_SERVERS"))
    departures: str = field(default_factory=lambda: _text("DEPARTURES_TOPIC", "departures"))
    predictions: str = field(default_factory=lambda: _text("PREDICTIONS_TOPIC", "predictions"))
    dead_letters: str = field(
        default_factory=lambda: _text("DEAD_LETTER_TOPIC", "departures.dead_letter")
    )
    feature_service: str = field(default_factory=lambda: _text("FEATURE_SERVICE", "arrival_delay"))
    model_name: str = field(default_factory=lambda: _text("MODEL_NAME", "arrival_delay"))
    model_version: str = field(default_factory=lambda: _text("MODEL_VERSION", "1"))
    archive_bucket: str = field(default_factory=lambda: _text("ARCHIVE_BUCKET", "archive"))


def feature_server_url() -> str:
    """Where the feature server is."""
    return _text("FEATURE_SERVER_URL")


def model_server_url() -> str:
    """Where the model server is."""
    return _text("MODEL_SERVER_URL")
