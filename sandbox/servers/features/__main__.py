"""Run the feature server as a process: python -m sandbox.servers.features --data-dir DIR."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sandbox.endpoint import LOOPBACK


def main() -> int:
    """Parse the arguments and serve; 3 where the port or the file is taken."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.servers.features", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help="other than loopback: in a container only")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-fd", type=int, help="a pipe to announce on")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--calls", type=Path, required=True, help="the call log")
    options = parser.parse_args()

    import duckdb  # noqa: PLC0415 - after the arguments, so that --help costs nothing

    from sandbox.servers.features.application import Application  # noqa: PLC0415 - as above
    from sandbox.servers.features.store import FeatureStore  # noqa: PLC0415 - as above
    from sandbox.serving.calls import CallLog, RecordCalls  # noqa: PLC0415 - as above
    from sandbox.serving.http import serve  # noqa: PLC0415 - as above

    try:
        store = FeatureStore(options.data_dir)
    except (duckdb.IOException, OSError) as error:
        print(f"feature server: {error}", file=sys.stderr)  # noqa: T201 - a process's last word
        return 3
    log = CallLog(options.calls)
    serve(
        RecordCalls(Application(store, log), log),
        host=options.host,
        port=options.port,
        ready_fd=options.ready_fd,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
