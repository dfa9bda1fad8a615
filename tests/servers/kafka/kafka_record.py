"""What the three clients send and receive, in one shape, so that one test can speak of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Record:
    """A record; `timestamp` in milliseconds since 1970, `offset` only on those that were read."""

    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int | None = None
    partition: int | None = None
    offset: int | None = None


class Member(Protocol):
    """A consumer in a group, by hand: it commits only when it is told to.

    Of those that share an event loop, all go on while one of them polls, and one at a time may.
    """

    shares_a_loop: bool

    def poll(self) -> list[Record]:
        """Give what has come, after waiting for it shortly."""

    def held(self) -> set[Place]:
        """Give the partitions that it holds."""

    def commit(self) -> None:
        """Commit what was polled."""

    def close(self) -> None:
        """Leave the group."""


class Client(Protocol):
    """A client library, and what the tests ask of it."""

    name: str
    codecs: tuple[str, ...]

    def create(self, topic: str, partitions: int = 1, **config: str) -> None:
        """Make a topic."""

    def delete(self, topic: str) -> None:
        """Remove a topic."""

    def topics(self) -> set[str]:
        """List topics."""

    def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""

    def produce(
        self,
        topic: str,
        records: list[Record],
        *,
        acks: int | str = "all",
        codec: str | None = None,
        idempotent: bool = False,
    ) -> list[tuple[int, int | None]]:
        """Write; gives partition and offset of each (no offset with acks=0)."""

    def join(self, group: str, topic: str) -> Member:
        """Become a member of a group."""

    def groups(self) -> set[str]:
        """List consumer groups."""

    def members(self, group: str) -> tuple[str, int]:
        """Give a group's state and how many are in it."""

    def committed(self, group: str) -> dict[Place, int]:
        """Give what a group has committed."""

    def offsets(self, topic: str, at: int | str) -> dict[int, int]:
        """Give offsets by partition: at "earliest", "latest", or a time."""

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Delete records before an offset."""

    def setting(self, topic: str, name: str) -> str:
        """Read a setting."""

    def set(self, topic: str, name: str, value: str) -> None:
        """Change a setting."""

    def close(self) -> None:
        """Close what is open."""
