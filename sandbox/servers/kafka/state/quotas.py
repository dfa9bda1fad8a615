"""Quotas of users and clients (KIP-546), in the journal: they are kept and shown, and slow nobody down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.servers.kafka.state.journal import Journal

# Kinds and names, in the order of the kinds; a name that is None means the default.
Entity = tuple[tuple[str, str | None], ...]

QUOTA = "quota:"
KINDS = ("client-id", "ip", "user")
KEYS_OF_CLIENTS = (
    "consumer_byte_rate",
    "controller_mutation_rate",
    "producer_byte_rate",
    "request_percentage",
)
KEYS_OF_ADDRESSES = ("connection_creation_rate",)


class Quotas:
    """Quotas by entity."""

    def __init__(self, journal: Journal) -> None:
        """Read what the journal knows."""
        self._journal = journal
        self.by_entity: dict[Entity, dict[str, float]] = {}
        for key, values in journal.under(QUOTA).items():
            entity = tuple((kind, name) for kind, name in json.loads(key))
            self.by_entity[entity] = values

    def change(self, entity: Entity, changes: Mapping[str, float | None]) -> None:
        """Set values, and remove those that are None; an entity without any is forgotten."""
        values = {**self.by_entity.get(entity, {}), **changes}
        kept = {key: value for key, value in values.items() if value is not None}
        self._journal.put((QUOTA + json.dumps(entity), kept or None))
        if kept:
            self.by_entity[entity] = kept
        else:
            self.by_entity.pop(entity, None)


def problem_with(entity: Entity, changes: Mapping[str, float | None]) -> str | None:
    """Say what is wrong with a change, None where it can be made."""
    kinds = [kind for kind, _ in entity]
    if not kinds or len(set(kinds)) < len(kinds) or not set(kinds) <= set(KINDS):
        return f"an entity is made of {', '.join(KINDS)}, each once at most"
    if "ip" in kinds and len(kinds) > 1:
        return "an ip goes with no other part"
    keys = KEYS_OF_ADDRESSES if "ip" in kinds else KEYS_OF_CLIENTS
    unknown = [key for key in changes if key not in keys]
    if unknown:
        return f"there is no quota {unknown[0]} of {', '.join(kinds)}"
    if any(value is not None and value <= 0 for value in changes.values()):
        return "a quota is above 0"
    return None
