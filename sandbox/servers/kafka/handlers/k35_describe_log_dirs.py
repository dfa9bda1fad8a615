"""DescribeLogDirs (35): where partitions lie on disk, and how large they are.

Versions 1 to 5. There is one folder, that of the topics.

Not implemented: nothing is left out.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from kafka.protocol.admin import DescribeLogDirsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state.topics import Topic

Results = DescribeLogDirsResponse.DescribeLogDirsResult
Topics = Results.DescribeLogDirsTopic


def handle(request: Request) -> Outcome:
    """Describe the folder: all topics, or those that are named."""
    topics, asked = request.cluster.topics, request.body.topics
    if asked is None:
        wanted = {name: range(len(each.partitions)) for name, each in topics.by_name.items()}
    else:
        wanted = {each.topic: each.partitions for each in asked if each.topic in topics.by_name}
    disk = shutil.disk_usage(topics.folder)
    found = Results(
        error_code=Code.NONE,
        log_dir=str(topics.folder),
        topics=[_topic(topics.by_name[name], indexes) for name, indexes in wanted.items()],
        total_bytes=disk.total,
        usable_bytes=disk.free,
    )
    return Reply(
        DescribeLogDirsResponse(version=request.version, error_code=Code.NONE, results=[found])
    )


def _topic(topic: Topic, indexes: Any) -> Any:
    logs = ((index, topic.partition(index)) for index in indexes)
    partitions = [
        Topics.DescribeLogDirsPartition(
            partition_index=index, partition_size=log.size, offset_lag=0, is_future_key=False
        )
        for index, log in logs
        if log is not None
    ]
    return Topics(name=topic.name, partitions=partitions)
