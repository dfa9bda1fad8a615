"""DeleteGroups (42): forget groups that have no members, and their offsets.

Versions 0 to 2.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.admin import DeleteGroupsResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.outcome import Outcome, Reply

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request
    from sandbox.servers.kafka.state import Cluster


def handle(request: Request) -> Outcome:
    """Forget each group that is named and empty."""
    results = [
        DeleteGroupsResponse.DeletableGroupResult(
            group_id=name, error_code=_delete(request.cluster, name)
        )
        for name in request.body.groups_names
    ]
    return Reply(DeleteGroupsResponse(version=request.version, results=results))


def _delete(cluster: Cluster, name: str) -> Code:
    if not cluster.has_group(name):
        return Code.GROUP_ID_NOT_FOUND
    for groups in (cluster.groups, cluster.consumer_groups):
        group = groups.by_name.get(name)
        if group is not None and group.members:
            return Code.NON_EMPTY_GROUP
    cluster.groups.delete(name)
    cluster.consumer_groups.delete(name)
    cluster.offsets.forget(name)
    return Code.NONE
