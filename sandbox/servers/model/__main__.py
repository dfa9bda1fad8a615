"""Run the model server as a process: python -m sandbox.servers.model --data-dir DIR --models URL."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sandbox.endpoint import LOOPBACK


def main() -> int:
    """Parse the arguments and serve; 3 where the port or the folder is taken."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.servers.model", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help="other than loopback: in a container only")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-fd", type=int, help="a pipe to announce on")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--calls", type=Path, required=True, help="the call log")
    parser.add_argument("--models", required=True, help="s3://BUCKET or s3://BUCKET/PREFIX")
    parser.add_argument(
        "--declare", action="extend", nargs="+", default=[], metavar="NAME", help="must be loaded"
    )
    options = parser.parse_args()
    # Official builds of ONNX Runtime send trace events to their makers otherwise (Privacy.md there).
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"

    from sandbox.servers.model.application import (  # noqa: PLC0415 - so that --help costs nothing
        Application,
    )
    from sandbox.servers.model.data_folder import DataFolder  # noqa: PLC0415 - as above
    from sandbox.servers.model.model_store import parse_address  # noqa: PLC0415 - as above
    from sandbox.servers.model.repository import Repository  # noqa: PLC0415 - as above
    from sandbox.serving.calls import CallLog  # noqa: PLC0415 - as above
    from sandbox.serving.http import serve  # noqa: PLC0415 - as above

    try:
        store = parse_address(options.models, os.environ)
    except ValueError as error:
        parser.error(f"--models: {error}")
    try:
        folder, log = DataFolder(options.data_dir), CallLog(options.calls)
    except OSError as error:
        print(f"model server: {error}", file=sys.stderr)  # noqa: T201 - a process's last word
        return 3
    application = Application(Repository(store, folder, options.declare), log)
    serve(application, host=options.host, port=options.port, ready_fd=options.ready_fd)
    return 0


if __name__ == "__main__":
    sys.exit(main())
