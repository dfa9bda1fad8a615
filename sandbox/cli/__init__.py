"""The command line: parse, call, show, exit."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `sandbox` and exit with its code (the tree in errors.py lists them)."""
    from sandbox.cli.program import run  # noqa: PLC0415 - the entry point must import nothing itself

    sys.exit(run(sys.argv[1:]))
