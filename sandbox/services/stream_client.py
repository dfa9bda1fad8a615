"""What is in a stream: topics, groups and records, through kafka-python."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from sandbox.clock import Deadline, wait_until
from sandbox.errors import DeadlineError, ServiceFailedError, UsageError, nearest
from sandbox.services.stream_answers import answered, said_by_kafka

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from sandbox.config.definition import Topic
    from sandbox.endpoint import Endpoint
    from sandbox.services.external import Scope

# How long the first answer may take, in milliseconds: one on loopback comes at once, or not at all.
ANSWERS_WITHIN_MS = 5_000
# How long a broker may take to know of a topic that it has made, in seconds.
KNOWN_WITHIN = 15.0


@dataclass(frozen=True, slots=True)
class Message:
    """A record to write; `timestamp` in milliseconds since 1970, None for now."""

    value: bytes | None
    key: bytes | None = None
    timestamp: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer group is behind in one partition, in records."""

    group: str
    topic: str
    partition: int
    end: int
    behind: int


class StreamClient:
    """Topics, groups and records, through kafka-python; close it, or use it in `with`."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        settings: Mapping[str, str] | None = None,
        scope: Scope | None = None,
    ) -> None:
        """Connect on first use, with kafka-python's `settings`.

        Where a stream is shared with others, topics and groups outside of `scope` are not there.
        """
        self.endpoint = endpoint
        self._settings: dict[str, Any] = {"bootstrap_servers": endpoint.address, **(settings or {})}
        self._scope = scope

    @property
    def is_shared(self) -> bool:
        """Whether others use the stream too."""
        return self._scope is not None

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    @cached_property
    def _admin(self) -> Any:
        from kafka.admin import KafkaAdminClient  # noqa: PLC0415 - 110 ms

        return KafkaAdminClient(bootstrap_timeout_ms=ANSWERS_WITHIN_MS, **self._settings)

    @cached_property
    def _producer(self) -> Any:
        from kafka import KafkaProducer  # noqa: PLC0415 - 110 ms

        return KafkaProducer(
            acks="all",
            enable_idempotence=True,
            linger_ms=2,
            max_block_ms=15_000,
            allow_auto_create_topics=self._scope is None,
            **self._settings,
        )

    def close(self) -> None:
        """Close what was opened."""
        for name in ("_admin", "_producer"):
            client = self.__dict__.pop(name, None)
            if client is not None:
                client.close()

    @answered
    def topics(self) -> list[str]:
        """List the topics, but for Kafka's internal ones."""
        ours = None if self._scope is None else self._scope.topics
        return sorted(
            name
            for name in self._admin.list_topics()
            if not name.startswith("__") and (ours is None or name in ours)
        )

    def _groups(self) -> list[str]:
        ours = None if self._scope is None else self._scope.groups
        listed = [each["group_id"] for each in self._admin.list_groups()]
        return [group for group in listed if ours is None or group in ours]

    @answered
    def create_topics(self, topics: Mapping[str, Topic]) -> None:
        """Make the topics that are missing, as they are declared, and see them there."""
        present = set(self._admin.list_topics())
        self._create({name: topic for name, topic in topics.items() if name not in present})

    def _create(self, topics: Mapping[str, Topic]) -> None:
        """Make topics; a broker that has made one may not know of it yet, for some milliseconds.

        In a stream that is shared with others they are made as is usual there. In ours, records are
        kept for ever: those of fixtures are old, and would be deleted at once.
        """
        if not topics:
            return
        is_ours = self._scope is None
        usual = {"retention.ms": "-1"} if is_ours else {}
        self._admin.create_topics(
            {
                name: {
                    "num_partitions": topic.partitions,
                    "replication_factor": 1 if is_ours else -1,
                    "configs": {**usual, **topic.config},
                }
                for name, topic in topics.items()
            }
        )
        wait_until(
            lambda: set(topics) <= set(self._admin.list_topics()),
            within=KNOWN_WITHIN,
            waiting_for=f"the topics {', '.join(topics)} to be known",
        )

    @answered
    def members(self, groups: Iterable[str]) -> dict[str, int]:
        """Count the members of groups; of one that is not there, none."""
        described = self._admin.describe_groups(list(groups))
        return {group: len(said["members"]) for group, said in described.items()}

    @answered
    def put_out(self, groups: Sequence[str] | None = None) -> None:
        """End the membership of every member of `groups`, or of all groups there are.

        Whoever lives joins again at once; of those that died, nobody waits for any longer.
        """
        from kafka.admin import MemberToRemove  # noqa: PLC0415 - 110 ms

        chosen = [each for each in self._groups() if groups is None or each in groups]
        described = self._admin.describe_groups(chosen) if chosen else {}
        for group, said in described.items():
            members = [MemberToRemove(member_id=each["member_id"]) for each in said["members"]]
            if members:
                self._admin.remove_group_members(group, members)

    @answered
    def empty(self, topics: Mapping[str, Topic], *, within: float = 15.0) -> None:
        """Forget every record, group and undeclared topic; then make the declared topics anew.

        Groups that still have members are waited for: stop the apps first. In a stream that is
        shared with others, topics stay as they are, and only their records are deleted.
        """
        deadline = Deadline(within)
        self._delete_groups(deadline)
        if self._scope is not None:
            self._delete_records()
            self.create_topics(topics)
            return
        wait_until(
            lambda: self._make_anew(topics, deadline),
            within=deadline,
            waiting_for="topics that nobody else makes while they are made anew",
        )

    def _delete_records(self) -> None:
        from kafka import TopicPartition  # noqa: PLC0415 - 110 ms

        ends = {TopicPartition(*each): end for each, end in self.end_offsets(self.topics()).items()}
        if ends:
            self._admin.delete_records(ends)

    def _make_anew(self, topics: Mapping[str, Topic], deadline: Deadline) -> bool:
        """Delete all topics and make the declared ones; False where somebody was quicker.

        Whoever still asks for a deleted topic has it made at once, as the broker's defaults say.
        """
        from kafka.errors import TopicAlreadyExistsError  # noqa: PLC0415 - 110 ms

        present = self.topics()
        if present:
            self._admin.delete_topics(present)
        gone = set(present)
        wait_until(
            lambda: not gone & set(self._admin.list_topics()),
            within=deadline,
            waiting_for="deleted topics to go",
        )
        try:
            self._create(topics)
        except TopicAlreadyExistsError:
            return False
        return True

    def _delete_groups(self, deadline: Deadline) -> None:
        refused: dict[str, str] = {}

        def all_gone() -> bool:
            groups = self._groups()
            refused.clear()
            if groups:
                answers = self._admin.delete_groups(groups)
                refused.update({name: said for name, said in answers.items() if said != "OK"})
            return not refused

        try:
            wait_until(all_gone, within=deadline, waiting_for="consumer groups to be deleted")
        except DeadlineError as error:
            raise ServiceFailedError(
                f"consumer groups still have members: {', '.join(sorted(refused))}",
                hint=(
                    "stop what consumes from this sandbox, and try again"
                    if self._scope is None
                    else "others read in them too: give your apps groups of their own"
                ),
            ) from error

    def produce(self, topic: str, messages: Iterable[Message]) -> int:
        """Write records and wait until each is acknowledged; returns how many.

        Raises ServiceFailedError where the stream takes one not, or not within half a minute, and
        UsageError where the stream is shared with others, and the topic is not declared.
        """
        from kafka.errors import KafkaError  # noqa: PLC0415 - 110 ms

        if self._scope is not None and topic not in self._scope.topics:
            raise UsageError(
                f"the topic {topic!r} is not declared, and the stream is external",
                hint=nearest(topic, self._scope.topics),
            )
        try:
            return self._produce(topic, messages)
        except KafkaError as error:
            raise ServiceFailedError(
                f"the stream did not take what was written to {topic!r}: {said_by_kafka(error)}",
                hint="is the topic declared in sandbox.toml, and does the stream run? sandbox ps",
            ) from error

    def _produce(self, topic: str, messages: Iterable[Message]) -> int:
        pending = [
            self._producer.send(
                topic,
                value=each.value,
                key=each.key,
                timestamp_ms=each.timestamp,
                headers=list(each.headers),
            )
            for each in messages
        ]
        self._producer.flush(timeout=30)
        for each in pending:
            each.get(timeout=30)
        return len(pending)

    @answered
    def end_offsets(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """Give the end offset of every partition of `topics`."""
        return self._offsets(topics, "LATEST")

    def _offsets(self, topics: Sequence[str], spec: str) -> dict[tuple[str, int], int]:
        from kafka import OffsetSpec, TopicPartition  # noqa: PLC0415 - 110 ms

        described = self._admin.describe_topics(list(topics)) if topics else []
        asked = {
            TopicPartition(each["name"], partition["partition_index"]): OffsetSpec[spec]
            for each in described
            for partition in each["partitions"]
        }
        found = self._admin.list_partition_offsets(asked) if asked else {}
        return {(each.topic, each.partition): where.offset for each, where in found.items()}

    @answered
    def lags(self, declared: Mapping[str, Sequence[str]]) -> list[Lag]:
        """Tell how far each group is behind, on what it committed, holds or is declared to read.

        `declared` maps groups to topics. A group that committed nothing is behind by all.
        """
        listed = self._groups()
        groups = sorted({*listed, *declared})
        topics = self.topics()
        ends = self.end_offsets(topics)
        # In a stream of ours records begin at 0, as it is made anew by every reset.
        begins = {} if self._scope is None else self._offsets(topics, "EARLIEST")
        committed = self._committed(groups)
        held = self._held(listed)
        lags = []
        for group in groups:
            reads = {*committed[group], *held.get(group, ())}
            reads |= {each for each in ends if each[0] in declared.get(group, ())}
            for topic, partition in sorted(reads & set(ends)):
                place = (topic, partition)
                done = max(begins.get(place, 0), committed[group].get(place, 0))
                behind = ends[place] - done
                lags.append(Lag(group, topic, partition, ends[place], behind))
        return lags

    def _committed(self, groups: Sequence[str]) -> dict[str, dict[tuple[str, int], int]]:
        found = self._admin.list_group_offsets(list(groups)) if groups else {}
        return {
            group: {
                (each.topic, each.partition): where.offset
                for each, where in found.get(group, {}).items()
            }
            for group in groups
        }

    def _held(self, groups: Sequence[str]) -> dict[str, set[tuple[str, int]]]:
        described = self._admin.describe_groups(list(groups)) if groups else {}
        return {
            group: {
                (assigned["topic"], partition)
                for member in said["members"]
                for assigned in _assigned(member)
                for partition in assigned["partitions"]
            }
            for group, said in described.items()
        }

    def read(self, topic: str) -> Iterator[Any]:
        """Give every record of a topic, partition by partition, up to its present end."""
        from kafka import KafkaConsumer, TopicPartition  # noqa: PLC0415 - 110 ms

        ends = {
            TopicPartition(*each): end for each, end in self.end_offsets([topic]).items() if end
        }
        if not ends:
            return
        consumer = KafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
            allow_auto_create_topics=self._scope is None,
            # On loopback the server's check is enough: in Python, one costs 0.1 µs a byte.
            check_crcs=self._scope is not None,
            **self._settings,
        )
        try:
            consumer.assign(list(ends))
            consumer.seek_to_beginning(*ends)
            deadline = Deadline(60)
            while any(consumer.position(each) < end for each, end in ends.items()):
                if deadline.passed:
                    raise DeadlineError(f"reading {topic} took more than {deadline.seconds:g} s")
                for records in consumer.poll(timeout_ms=200).values():
                    yield from records
        finally:
            consumer.close()


def _assigned(member: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    assignment = member.get("member_assignment") or {}
    if not isinstance(assignment, dict):
        return ()
    found: Sequence[Mapping[str, Any]] = assignment.get("assigned_partitions") or ()
    return found
