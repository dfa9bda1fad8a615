"""Run the link as a process: python -m sandbox.servers.link --upstream HOST:PORT --calls FILE."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sandbox.endpoint import LOOPBACK, Endpoint

PORTS = range(1, 65536)


def main() -> int:
    """Parse the arguments and relay; 3 where the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.servers.link", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help="other than loopback: in a container only")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-fd", type=int, help="a pipe to announce on")
    parser.add_argument("--upstream", type=address, required=True, help="HOST:PORT")
    parser.add_argument("--calls", type=Path, required=True, help="the call log")
    options = parser.parse_args()

    import uvloop  # noqa: PLC0415 - after the arguments, so that --help costs nothing

    from sandbox.servers.link.server import serve  # noqa: PLC0415 - as above
    from sandbox.serving.calls import CallLog  # noqa: PLC0415 - as above

    try:
        uvloop.run(
            serve(
                host=options.host,
                port=options.port,
                control_port=options.control_port,
                ready_fd=options.ready_fd,
                upstream=options.upstream,
                log=CallLog(options.calls),
            )
        )
    except OSError as error:
        print(f"link: {error}", file=sys.stderr)  # noqa: T201 - a process's last word
        return 3
    return 0


def address(text: str) -> Endpoint:
    """Read `host:port`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) not in PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return Endpoint(host, int(port))


if __name__ == "__main__":
    sys.exit(main())
