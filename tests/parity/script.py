"""One connection and one topic, as a story has them: short ways to ask, all answers kept as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batches import make_batch
from kafka_wire import BY_NAME, Wire
from plain import Names, plain

from sandbox.clock import wait_until
from sandbox.servers.kafka.errors import Code

if TYPE_CHECKING:
    import uuid


class Script:
    """Plays a story on one server; `told` is what it answered, in order."""

    def __init__(self, port: int, topic: str) -> None:
        """Connect, and have a topic of two partitions."""
        self.port = port
        self.topic = topic
        self.wire = Wire(port)
        self.told: list[tuple[str, Any]] = []
        self.names = Names()
        self.topic_id = self.make(topic, 2)
        self.names.of("topic_id", self.topic_id)

    def close(self) -> None:
        """Hang up."""
        self.wire._socket.close()

    def tell(self, what: str, value: Any) -> None:
        """Keep something that both servers must say alike."""
        self.told.append((what, value))

    def ask(self, api: str, version: int, **fields: Any) -> Any:
        """Ask, keep the answer, and give it."""
        answer = self.wire.ask(api, version, **fields)
        self.told.append((f"{api} {version}", plain(answer, version, self.names)))
        return answer

    def nested(self, api: str, path: str, **fields: Any) -> Any:
        """Give a struct inside a request, by the names on the way to it."""
        kind = BY_NAME[api].request
        for name in path.split("."):
            kind = getattr(kind, name)
        return kind(**fields)

    # -- topics ---------------------------------------------------------------

    def make(self, name: str, partitions: int = 1, **config: str | None) -> uuid.UUID:
        """Make a topic, and wait until its leader knows of it."""
        asked = self.creatable(name, partitions, **config)
        found = self.wire.ask("CreateTopics", 7, topics=[asked], timeout_ms=5000).topics[0]
        assert found.error_code == Code.NONE, found
        wait_until(
            lambda: all(self._leads(name, index) for index in range(partitions)),
            within=20,
            waiting_for=name,
        )
        topic_id: uuid.UUID = found.topic_id
        return topic_id

    def _leads(self, name: str, index: int) -> bool:
        asked = self._looked_up(name, index, -1)
        answer = self.wire.ask("ListOffsets", 4, isolation_level=0, replica_id=-1, topics=[asked])
        return bool(answer.topics[0].partitions[0].error_code == Code.NONE)

    def creatable(
        self, name: str, partitions: int = 1, replicas: int = 1, **config: str | None
    ) -> Any:
        """Give what CreateTopics names a topic by; `_` in a setting's name is a dot."""
        kind = BY_NAME["CreateTopics"].request.CreatableTopic
        configs = [
            kind.CreatableTopicConfig(name=key.replace("_", "."), value=value)
            for key, value in config.items()
        ]
        return kind(
            name=name, num_partitions=partitions, replication_factor=replicas, configs=configs
        )

    def create(self, *topics: Any, validate_only: bool = False) -> None:
        """Ask for topics to be made."""
        self.ask(
            "CreateTopics", 7, topics=list(topics), timeout_ms=5000, validate_only=validate_only
        )

    # -- records --------------------------------------------------------------

    def produce(
        self,
        batch: bytes | bytearray,
        *,
        topic: str | None = None,
        partition: int = 0,
        version: int = 9,
        acks: int = -1,
        transactional_id: str | None = None,
    ) -> Any:
        """Write a batch."""
        kind = "TopicProduceData"
        data = self.nested(
            "Produce", f"{kind}.PartitionProduceData", index=partition, records=bytes(batch)
        )
        listed = self.nested("Produce", kind, name=topic or self.topic, partition_data=[data])
        return self.ask(
            "Produce",
            version,
            acks=acks,
            timeout_ms=5000,
            transactional_id=transactional_id,
            topic_data=[listed],
        )

    def write(self, *values: bytes, partition: int = 0, timestamp: int = 1_000) -> None:
        """Write records without keys."""
        self.produce(make_batch(*values, timestamp=timestamp), partition=partition)

    def fetch(
        self,
        offset: int,
        *,
        partition: int = 0,
        topic: str | None = None,
        version: int = 11,
        most: int = 1 << 20,
        isolation: int = 0,
        leader_epoch: int = -1,
        session: int = 0,
        session_epoch: int = -1,
    ) -> Any:
        """Read from an offset, at once."""
        place = self.nested(
            "Fetch",
            "FetchTopic.FetchPartition",
            partition=partition,
            fetch_offset=offset,
            partition_max_bytes=most,
            current_leader_epoch=leader_epoch,
            log_start_offset=-1,
        )
        listed = self.nested("Fetch", "FetchTopic", topic=topic or self.topic, partitions=[place])
        return self.ask(
            "Fetch",
            version,
            replica_id=-1,
            max_wait_ms=0,
            min_bytes=1,
            max_bytes=most,
            isolation_level=isolation,
            session_id=session,
            session_epoch=session_epoch,
            topics=[listed],
            forgotten_topics_data=[],
            rack_id="",
        )

    def _looked_up(self, topic: str, partition: int, timestamp: int, epoch: int = -1) -> Any:
        place = self.nested(
            "ListOffsets",
            "ListOffsetsTopic.ListOffsetsPartition",
            partition_index=partition,
            timestamp=timestamp,
            current_leader_epoch=epoch,
        )
        return self.nested("ListOffsets", "ListOffsetsTopic", name=topic, partitions=[place])

    def offset_at(
        self,
        timestamp: int,
        *,
        topic: str | None = None,
        partition: int = 0,
        version: int = 7,
        isolation: int = 0,
        epoch: int = -1,
    ) -> None:
        """Look an offset up by time."""
        asked = self._looked_up(topic or self.topic, partition, timestamp, epoch)
        self.ask("ListOffsets", version, replica_id=-1, isolation_level=isolation, topics=[asked])

    # -- groups ---------------------------------------------------------------

    def join(
        self,
        member: str = "",
        *,
        group: str | None = None,
        version: int = 9,
        instance: str | None = None,
        session_ms: int = 30_000,
        protocols: tuple[str, ...] = ("range",),
        kind: str = "consumer",
    ) -> Any:
        """Ask to join a group."""
        listed = [
            self.nested("JoinGroup", "JoinGroupRequestProtocol", name=name, metadata=b"m")
            for name in protocols
        ]
        return self.ask(
            "JoinGroup",
            version,
            group_id=self.topic if group is None else group,
            session_timeout_ms=session_ms,
            rebalance_timeout_ms=30_000,
            member_id=member,
            group_instance_id=instance,
            protocol_type=kind,
            protocols=listed,
            reason=None,
        )

    def sync(
        self,
        member: str,
        generation: int,
        *,
        gives: tuple[str, ...] = (),
        protocol: str = "range",
        instance: str | None = None,
    ) -> Any:
        """Hand out assignments to members, or ask for one's own."""
        listed = [
            self.nested("SyncGroup", "SyncGroupRequestAssignment", member_id=each, assignment=b"a")
            for each in gives
        ]
        return self.ask(
            "SyncGroup",
            5,
            group_id=self.topic,
            generation_id=generation,
            member_id=member,
            group_instance_id=instance,
            protocol_type="consumer",
            protocol_name=protocol,
            assignments=listed,
        )

    def settle_alone(self, **more: Any) -> tuple[str, int]:
        """Be the one member of a stable group; gives id and generation."""
        first = self.join(**more)
        joined = first if more.get("instance") else self.join(first.member_id, **more)
        self.sync(joined.member_id, joined.generation_id, gives=(joined.member_id,))
        return joined.member_id, joined.generation_id

    def heartbeat(self, member: str, generation: int, instance: str | None = None) -> None:
        """Say that a member lives."""
        self.ask(
            "Heartbeat",
            4,
            group_id=self.topic,
            generation_id=generation,
            member_id=member,
            group_instance_id=instance,
        )

    def leave(self, *members: tuple[str, str | None]) -> None:
        """Let members leave, by id and instance id."""
        listed = [
            self.nested("LeaveGroup", "MemberIdentity", member_id=each, group_instance_id=instance)
            for each, instance in members
        ]
        self.ask("LeaveGroup", 5, group_id=self.topic, members=listed)

    def commit(
        self,
        offset: int,
        *,
        member: str = "",
        generation: int = -1,
        topic: str | None = None,
        partition: int = 0,
        metadata: str | None = "m",
        group: str | None = None,
        version: int = 8,
    ) -> None:
        """Commit an offset."""
        path = "OffsetCommitRequestTopic"
        place = self.nested(
            "OffsetCommit",
            f"{path}.OffsetCommitRequestPartition",
            partition_index=partition,
            committed_offset=offset,
            committed_leader_epoch=-1,
            committed_metadata=metadata,
        )
        listed = self.nested("OffsetCommit", path, name=topic or self.topic, partitions=[place])
        self.ask(
            "OffsetCommit",
            version,
            group_id=self.topic if group is None else group,
            generation_id_or_member_epoch=generation,
            member_id=member,
            group_instance_id=None,
            topics=[listed],
        )

    def committed(self, *, stable: bool = False) -> None:
        """Ask for all that the group has committed."""
        self.ask("OffsetFetch", 7, group_id=self.topic, topics=None, require_stable=stable)

    # -- producers ------------------------------------------------------------

    def producer(
        self, name: str | None = None, *, timeout: int = 60_000, has: tuple[int, int] = (-1, -1)
    ) -> tuple[int, int]:
        """Ask for a producer id; gives id and epoch."""
        answer = self.ask(
            "InitProducerId",
            4,
            transactional_id=name,
            transaction_timeout_ms=timeout,
            producer_id=has[0],
            producer_epoch=has[1],
        )
        return answer.producer_id, answer.producer_epoch

    def add(self, name: str, producer: tuple[int, int], *partitions: int) -> None:
        """Add partitions of the topic to a transaction."""
        listed = self.nested(
            "AddPartitionsToTxn",
            "AddPartitionsToTxnTopic",
            name=self.topic,
            partitions=list(partitions),
        )
        self.ask_when_idle(
            "AddPartitionsToTxn",
            3,
            v3_and_below_transactional_id=name,
            v3_and_below_producer_id=producer[0],
            v3_and_below_producer_epoch=producer[1],
            v3_and_below_topics=[listed],
        )

    def end(self, name: str, producer: tuple[int, int], *, commit: bool) -> None:
        """End a transaction."""
        fields = {"transactional_id": name, "producer_id": producer[0]}
        self.ask_when_idle("EndTxn", 3, producer_epoch=producer[1], committed=commit, **fields)

    def ask_when_idle(self, api: str, version: int, **fields: Any) -> None:
        """Ask as often as the coordinator is busy with the transaction before."""
        answer = wait_until(
            lambda: _unless_busy(self.wire.ask(api, version, **fields)),
            within=20,
            waiting_for="the transaction before",
        )
        self.told.append((f"{api} {version}", plain(answer, version, self.names)))


def _unless_busy(answer: Any) -> Any:
    codes = [getattr(answer, "error_code", 0)]
    for topic in getattr(answer, "results_by_topic_v3_and_below", None) or ():
        codes += [each.partition_error_code for each in topic.results_by_partition]
    return None if Code.CONCURRENT_TRANSACTIONS in codes else answer
