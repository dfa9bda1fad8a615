"""Topics: their partitions, their settings, and where those lie on disk."""

from __future__ import annotations

import re
import shutil
import sys
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.servers.kafka.state.log import PartitionLog
from sandbox.servers.kafka.state.log_settings import LogSettings, read_settings
from sandbox.servers.kafka.state.segment import SUFFIX, segment_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.servers.kafka.state.journal import Journal

LEGAL_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
TOPIC = "topic:"
LOG_START = "start:"
# As with Kafka they come to be when a coordinator is first asked for; what they would hold is in the
# journal, so they stay empty.
OFFSETS_TOPIC, TRANSACTIONS_TOPIC = "__consumer_offsets", "__transaction_state"
INTERNAL = (OFFSETS_TOPIC, TRANSACTIONS_TOPIC)


@dataclass(eq=False, slots=True)
class Topic:
    """A topic; `id` is its UUID (KIP-516), `config` the settings that differ from the defaults."""

    name: str
    id: uuid.UUID
    partitions: list[PartitionLog] = field(default_factory=list)
    config: dict[str, str] = field(default_factory=dict)
    settings: LogSettings = field(default_factory=LogSettings)
    is_deleted: bool = False

    @property
    def is_internal(self) -> bool:
        """Tell whether it is Kafka's own, to which nobody writes."""
        return self.name in INTERNAL

    def partition(self, index: int) -> PartitionLog | None:
        """Give the log of a partition, None where there is none of that number."""
        return self.partitions[index] if 0 <= index < len(self.partitions) else None


class Topics:
    """All topics, by name; every change is in the journal before it is answered."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        """Open what the journal knows; folders that it does not know are removed."""
        self.folder = folder
        self._journal = journal
        self.by_name: dict[str, Topic] = {}
        self.by_id: dict[uuid.UUID, Topic] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for name, said in journal.under(TOPIC).items():
            topic = _topic(name, uuid.UUID(said["id"]), said["config"])
            self._open(topic, said["partitions"])
            self._know(topic)
        known = {topic.id.hex for topic in self.by_name.values()}
        for path in folder.iterdir():
            if path.is_dir() and path.name not in known:
                shutil.rmtree(path)

    def _know(self, topic: Topic) -> None:
        self.by_name[topic.name] = topic
        self.by_id[topic.id] = topic

    def _open(self, topic: Topic, partitions: int) -> None:
        folder = self.folder / topic.id.hex
        folder.mkdir(exist_ok=True)
        for index in range(len(topic.partitions), partitions):
            _take_over(folder, index)
            log = PartitionLog(folder / str(index), topic.settings)
            if log.cut:
                print(  # noqa: T201 - a server's log is its standard error
                    f"{topic.name} {index}: cut {log.cut} bytes of a batch that was not whole",
                    file=sys.stderr,
                )
            log.forget_before(self._journal.facts.get(_start_key(topic, index), 0))
            topic.partitions.append(log)

    def create(self, name: str, partitions: int, config: Mapping[str, str]) -> Topic:
        """Make a topic; the caller has checked that the name is legal and free. Raises OSError."""
        topic = _topic(name, uuid.uuid4(), config)
        try:
            self._open(topic, partitions)
            self._record(topic)
        except OSError:
            self._discard(topic, 0)
            shutil.rmtree(self.folder / topic.id.hex, ignore_errors=True)
            raise
        self._know(topic)
        return topic

    def ensure_internal(self, name: str) -> None:
        """Make one of Kafka's own topics, unless it is there. Raises OSError."""
        if name not in self.by_name:
            self.create(name, 1, {"cleanup.policy": "compact"})

    def _discard(self, topic: Topic, after: int) -> None:
        """Close the partitions from number `after` on, and forget them."""
        for log in topic.partitions[after:]:
            log.close()
        del topic.partitions[after:]

    def _record(self, topic: Topic) -> None:
        said = {"id": topic.id.hex, "partitions": len(topic.partitions), "config": topic.config}
        self._journal.put((TOPIC + topic.name, said))

    def delete(self, topic: Topic) -> None:
        """Remove a topic and its records."""
        topic.is_deleted = True
        del self.by_name[topic.name]
        del self.by_id[topic.id]
        starts = [(_start_key(topic, index), None) for index in range(len(topic.partitions))]
        self._journal.put((TOPIC + topic.name, None), *starts)
        for log in topic.partitions:
            log.close()
        shutil.rmtree(self.folder / topic.id.hex)

    def grow(self, topic: Topic, partitions: int) -> None:
        """Add partitions up to `partitions`. Raises OSError."""
        before = len(topic.partitions)
        try:
            self._open(topic, partitions)
            self._record(topic)
        except OSError:
            self._discard(topic, before)
            raise

    def configure(self, topic: Topic, config: Mapping[str, str]) -> None:
        """Replace the settings of a topic."""
        topic.config = dict(config)
        topic.settings = read_settings(config)
        for log in topic.partitions:
            log.settings = topic.settings
        self._record(topic)

    def forget_before(self, topic: Topic, index: int, offset: int) -> None:
        """Move the start of a partition, for good."""
        log = topic.partitions[index]
        log.forget_before(offset)
        self._journal.put((_start_key(topic, index), log.start))

    def lookup(self, name: str | None, topic_id: uuid.UUID | None) -> Topic | None:
        """Give a topic by its id, or by its name where no id is given (requests carry either)."""
        return (
            self.by_id.get(topic_id) if topic_id and topic_id.int else self.by_name.get(name or "")
        )

    def find(self, name: str, index: int) -> PartitionLog | None:
        """Give a partition's log, or None."""
        topic = self.by_name.get(name)
        return None if topic is None else topic.partition(index)

    def close(self) -> None:
        """Close every file."""
        for topic in self.by_name.values():
            for log in topic.partitions:
                log.close()


def _take_over(folder: Path, index: int) -> None:
    """Let a partition that is one file, as before there were segments, be its first segment."""
    old = folder / f"{index}{SUFFIX}"
    if old.is_file():
        (folder / str(index)).mkdir(exist_ok=True)
        old.rename(segment_path(folder / str(index), 0))


def _topic(name: str, topic_id: uuid.UUID, config: Mapping[str, str]) -> Topic:
    return Topic(name, topic_id, config=dict(config), settings=read_settings(config))


def _start_key(topic: Topic, index: int) -> str:
    return f"{LOG_START}{topic.id.hex}:{index}"


def is_legal(name: str) -> bool:
    """Tell whether Kafka allows a topic of that name."""
    return bool(LEGAL_NAME.fullmatch(name)) and name not in (".", "..")
