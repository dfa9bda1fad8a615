"""The server: bind, announce, accept, stop in order."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import resource
import signal
import sys
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from sandbox.endpoint import LOOPBACK, Endpoint
from sandbox.servers.kafka import control_server
from sandbox.servers.kafka.broker import Broker
from sandbox.servers.kafka.listener import Listener
from sandbox.servers.kafka.state import open_cluster
from sandbox.serving.ready import announce

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.servers.kafka.state import Cluster

# The port or the data folder is in use by another process.
IN_USE = 3
# How long clients have to take the answers that are under way, in seconds.
STOP_WITHIN = 2.0
# Where whoever has only the data folder finds the control port.
CONTROL_FILE = "control.json"
LOCK_FILE = "lock"


async def serve(
    folder: Path,
    *,
    port: int,
    control_port: int,
    auto_create_topics: bool,
    num_partitions: int,
    ready_fd: int | None,
) -> int:
    """Serve Kafka's protocol on loopback until SIGTERM or SIGINT; gives the exit code."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _allow_many_files()
    broker = Broker(loop)
    listener = Listener(broker)
    try:
        _lock(folder)
        bound = await listener.bind(port)
        control = await control_server.listen(broker, listener, control_port)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EWOULDBLOCK):
            raise
        print(f"stream: {error}", file=sys.stderr)  # noqa: T201 - a server's log is its standard error
        return IN_USE
    cluster = _open_cluster(
        folder,
        bound,
        broker,
        auto_create_topics=auto_create_topics,
        num_partitions=num_partitions,
    )
    broker.own(cluster)
    await listener.accept()
    control_bound: int = control.sockets[0].getsockname()[1]
    _write_control_file(folder, control_bound)
    announce(ready_fd, bound, control=control_bound)
    await stop.wait()
    listener.close()
    control.close()
    await broker.close_connections(STOP_WITHIN)
    cluster.close()
    return 0


def _open_cluster(
    folder: Path,
    bound: Endpoint,
    broker: Broker,
    *,
    auto_create_topics: bool,
    num_partitions: int,
) -> Cluster:
    """Read the state, and give it the clocks and the chance that it does not have of its own."""
    return open_cluster(
        folder,
        advertised=bound,
        auto_create_topics=auto_create_topics,
        num_partitions=num_partitions,
        wake=broker.parked.wake,
        now=asyncio.get_running_loop().time,
        wall_clock=lambda: time.time_ns() // 1_000_000,
        random_id=lambda: str(uuid.uuid4()),
    )


def _lock(folder: Path) -> None:
    """Take the data folder for this process until it ends; raises OSError where another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    # Never closed: the lock goes with the process, however that ends.
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        said = f"the data folder {folder} is in use by another process"
        raise OSError(error.errno, said) from error


def _write_control_file(folder: Path, port: int) -> None:
    partial = folder / f"{CONTROL_FILE}.partial"
    partial.write_text(json.dumps({"host": LOOPBACK, "port": port, "pid": os.getpid()}) + "\n")
    partial.replace(folder / CONTROL_FILE)


def _allow_many_files() -> None:
    """Let the process open as many files as it may: each partition is one."""
    present, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if most == resource.RLIM_INFINITY else min(most, 65_536)
    # macOS allows less than it says that it does.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(present, wanted), most))
