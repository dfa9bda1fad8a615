"""Run the stream as a process: python -m sandbox.servers.kafka --data-dir DIR."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
import types
from pathlib import Path


def main() -> int:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.servers.kafka", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-fd", type=int, help="a pipe to announce on")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--auto-create-topics", action="store_true")
    parser.add_argument(
        "--num-partitions", type=int, default=1, help="of topics whose maker does not say"
    )
    options = parser.parse_args()
    if options.num_partitions < 1:
        parser.error("--num-partitions: a topic has one partition or more")
    _spare_the_clients()
    from sandbox.servers.kafka.server import serve  # noqa: PLC0415 - after the line above

    return asyncio.run(
        serve(
            options.data_dir,
            port=options.port,
            control_port=options.control_port,
            auto_create_topics=options.auto_create_topics,
            num_partitions=options.num_partitions,
            ready_fd=options.ready_fd,
        )
    )


def _spare_the_clients() -> None:
    """Let `import kafka.protocol` not import kafka-python's clients: that is half of the start.

    The package's `__init__` imports its producer, consumer and admin client; this process needs
    none of them, so an empty package of the same path stands in for it.
    """
    found = importlib.util.find_spec("kafka")
    if found is None or found.submodule_search_locations is None:
        raise ImportError("kafka-python is not installed")
    package = types.ModuleType("kafka")
    package.__path__ = list(found.submodule_search_locations)
    package.__spec__ = found
    sys.modules["kafka"] = package


if __name__ == "__main__":
    sys.exit(main())
