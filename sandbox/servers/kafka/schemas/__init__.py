"""Messages that kafka-python's protocol package lacks, as the protocol has them: those of KIP-848."""

from __future__ import annotations

import sys

from kafka.protocol.api_message import ApiMessage

HERE = sys.modules[__name__]


class ConsumerGroupHeartbeatRequest(ApiMessage, load_json=HERE):  # type: ignore[call-arg, misc]
    """A member says that it lives, what it reads and what it holds."""


class ConsumerGroupHeartbeatResponse(ApiMessage, load_json=HERE):  # type: ignore[call-arg, misc]
    """A member is told its epoch and what it may hold."""


class ConsumerGroupDescribeRequest(ApiMessage, load_json=HERE):  # type: ignore[call-arg, misc]
    """Names groups."""


class ConsumerGroupDescribeResponse(ApiMessage, load_json=HERE):  # type: ignore[call-arg, misc]
    """Describes groups and their members."""
