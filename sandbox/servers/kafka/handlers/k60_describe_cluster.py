"""DescribeCluster (60): id, controller and brokers.

Versions 0 to 2.

Not implemented: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka.protocol.admin import DescribeClusterResponse

from sandbox.servers.kafka.errors import Code
from sandbox.servers.kafka.handlers.operations import ON_CLUSTER, if_asked
from sandbox.servers.kafka.outcome import Outcome, Reply
from sandbox.servers.kafka.state import BROKER_ID

if TYPE_CHECKING:
    from sandbox.servers.kafka.request import Request

BROKERS = 1


def handle(request: Request) -> Outcome:
    """Describe the cluster of one."""
    where = request.cluster.advertised
    broker = DescribeClusterResponse.DescribeClusterBroker(
        broker_id=BROKER_ID, host=where.host, port=where.port, rack=None
    )
    return Reply(
        DescribeClusterResponse(
            version=request.version,
            error_code=Code.NONE,
            error_message=None,
            endpoint_type=BROKERS,
            cluster_id=request.cluster.id,
            controller_id=BROKER_ID,
            brokers=[broker],
            authorized_operations=if_asked(
                ON_CLUSTER, asked=request.body.include_cluster_authorized_operations
            ),
        )
    )
