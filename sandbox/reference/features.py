"""Features of departures: what the record says, and what the feature server knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.reference.departure import Departure
    from sandbox.reference.http import Server

Value = float | str | None


class FeatureClient:
    """Reads the features of many departures with one request."""

    def __init__(self, server: Server, service: str) -> None:
        """Read those of the feature service `service`."""
        self._server = server
        self._service = service

    def read(self, departures: Sequence[Departure]) -> list[dict[str, Value]]:
        """Give the features of each departure by name; None where nothing is known."""
        known = self._online(departures)
        return [
            {**_from_record(departure), **_derived(departure, each)}
            for departure, each in zip(departures, known, strict=True)
        ]

    def _online(self, departures: Sequence[Departure]) -> list[dict[str, Value]]:
        entities = {
            "origin": [each.origin for each in departures],
            "carrier": [each.carrier for each in departures],
            "tailnum": [each.tailnum for each in departures],
        }
        request = {"feature_service": self._service, "entities": entities}
        answer = self._server.post("/get-online-features", request)
        names: list[str] = answer["metadata"]["feature_names"]
        vectors: list[Mapping[str, Any]] = answer["results"]
        columns = {
            name: vector["values"]
            for name, vector in zip(names, vectors, strict=True)
            if name not in entities
        }
        return [
            {name: column[row] for name, column in columns.items()}
            for row in range(len(departures))
        ]


def _from_record(departure: Departure) -> dict[str, Value]:
    return {
        "dep_delay": departure.dep_delay,
        "distance": departure.distance,
        "hour": float(departure.hour),
        "carrier": departure.carrier,
        "origin": departure.origin,
    }


def _derived(departure: Departure, known: Mapping[str, Value]) -> dict[str, Value]:
    """Turn the plane's year into its age, in years, as the model was trained: by New York's date."""
    found = dict(known)
    year = found.pop("year", None)
    found["plane_age"] = None if year is None else departure.date.year - float(year)
    return found
