"""What one may do (KIP-430): without an authorizer, everything that Kafka has for a kind of thing."""

from __future__ import annotations

READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE = range(3, 9)
CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE = range(9, 13)

ON_TOPICS = frozenset(
    {READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS}
)
ON_GROUPS = frozenset({READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS})
ON_CLUSTER = frozenset(
    {CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE}
)


def as_bits(operations: frozenset[int]) -> int:
    """Give operations as the protocol's bit field."""
    return sum(1 << operation for operation in operations)


def if_asked(operations: frozenset[int], *, asked: bool | None) -> set[int] | None:
    """Give operations where the request wants them, and else nothing."""
    return set(operations) if asked else None
