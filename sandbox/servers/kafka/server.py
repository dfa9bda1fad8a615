"""The server: bind, announce, accept, stop in order."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
import signal
import sys
import time
import uuid
from typing import TYPE_CHECKING

from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.servers.kafka import control_server
from sandbox.servers.kafka.broker import Broker
from sandbox.servers.kafka.connection import Connection
from sandbox.servers.kafka.state import open_cluster
from sandbox.serving.ready import announce

if TYPE_CHECKING:
    from pathlib import Path

PORT_TAKEN = 3
# Where whoever has only the data folder finds the control port.
CONTROL_FILE = "control.json"


async def serve(
    folder: Path,
    *,
    port: int,
    control_port: int,
    auto_create_topics: bool,
    ready_fd: int | None,
) -> int:
    """Serve Kafka's protocol on loopback until SIGTERM or SIGINT; gives the exit code."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _allow_many_files()
    broker = Broker(loop)
    try:
        server = await loop.create_server(
            lambda: Connection(broker), LOOPBACK, port, start_serving=False
        )
        control = await control_server.listen(broker, control_port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"the port is in use by another process: {error}", file=sys.stderr)  # noqa: T201 - a server's log is its standard error
        return PORT_TAKEN
    bound = Endpoint(*server.sockets[0].getsockname()[:2])
    cluster = open_cluster(
        folder,
        advertised=bound,
        auto_create_topics=auto_create_topics,
        wake=broker.parked.wake,
        now=loop.time,
        wall_clock=lambda: time.time_ns() // 1_000_000,
        random_id=lambda: str(uuid.uuid4()),
    )
    broker.own(cluster)
    await server.start_serving()
    control_bound: int = control.sockets[0].getsockname()[1]
    _write_control_file(folder, control_bound)
    announce(ready_fd, bound, control=control_bound)
    await stop.wait()
    for each in (server, control):
        each.close()
    for connection in list(broker.connections.values()):
        connection.close()
    cluster.close()
    return 0


def _write_control_file(folder: Path, port: int) -> None:
    partial = folder / f"{CONTROL_FILE}.partial"
    partial.write_text(json.dumps({"host": LOOPBACK, "port": port, "pid": os.getpid()}) + "\n")
    partial.replace(folder / CONTROL_FILE)


def _allow_many_files() -> None:
    """Let the process open as many files as it may: each partition is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if most == resource.RLIM_INFINITY else min(most, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
