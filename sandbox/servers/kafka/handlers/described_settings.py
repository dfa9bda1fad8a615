"""How settings are told: with where each value comes from (KIP-226), its type (KIP-569), synonyms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.group_settings import DEFAULTS as GROUP_DEFAULTS
from sandbox.servers.kafka.state.settings import (
    BROKER_NAMES,
    BROKER_SETTINGS,
    INTEGER,
    TOPIC_SETTINGS,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.servers.kafka.state import Cluster

SET_ON_TOPIC, STATIC, DEFAULT, SET_ON_GROUP = 1, 4, 5, 8


@dataclass(frozen=True, slots=True)
class Described:
    """One setting; `synonyms` are (name, value, source), the one that holds first."""

    name: str
    value: str
    source: int
    type: int
    is_read_only: bool
    synonyms: tuple[tuple[str, str, int], ...]


def topic_settings(config: Mapping[str, str]) -> Iterator[Described]:
    """Describe all settings of a topic whose own are `config`."""
    for name, default in TOPIC_SETTINGS.items():
        synonyms = [(name, config[name], SET_ON_TOPIC)] if name in config else []
        synonyms += _of_broker(name, default)
        yield Described(
            name=name,
            value=config.get(name, default),
            source=synonyms[0][2] if synonyms else DEFAULT,
            type=type_of(name),
            is_read_only=False,
            synonyms=tuple(synonyms),
        )


def _of_broker(name: str, default: str) -> list[tuple[str, str, int]]:
    """Give under which names the broker has a topic's default."""
    if name == "retention.ms":
        # Kafka keeps records for a week; this broker is set to keep them for ever.
        return [(BROKER_NAMES[name], default, STATIC), ("log.retention.hours", "168", DEFAULT)]
    return [(BROKER_NAMES[name], default, DEFAULT)] if name in BROKER_NAMES else []


def group_settings(config: Mapping[str, str]) -> Iterator[Described]:
    """Describe the settings of a group whose own are `config`."""
    for name, default in GROUP_DEFAULTS.items():
        broker = (f"group.{name}", default, DEFAULT)
        own = (name, config[name], SET_ON_GROUP) if name in config else None
        yield Described(
            name=name,
            value=config.get(name, default),
            source=SET_ON_GROUP if own else DEFAULT,
            type=INTEGER,
            is_read_only=False,
            synonyms=(own, broker) if own else (broker,),
        )


def broker_settings(cluster: Cluster) -> Iterator[Described]:
    """Describe the settings of the broker: none of them can be changed while it runs."""
    where = f"PLAINTEXT://{cluster.advertised.address}"
    settings = {
        **{name: TOPIC_SETTINGS[topic] for topic, name in BROKER_NAMES.items()},
        **BROKER_SETTINGS,
        "advertised.listeners": where,
        "auto.create.topics.enable": str(cluster.auto_create_topics).lower(),
        "listeners": where,
        "log.dirs": str(cluster.topics.folder),
        "num.partitions": str(cluster.num_partitions),
    }
    for name, value in sorted(settings.items()):
        source = ((name, value, STATIC),)
        yield Described(name, value, STATIC, type_of(name), is_read_only=True, synonyms=source)
