"""Small programs that a runtime starts, and how."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from sandbox.runtime.spec import PORT, READY_FD, ProcessSpec, ReadyOnceRunning, ReadyPipe

if TYPE_CHECKING:
    from pathlib import Path

# Says that it is ready, and waits for SIGTERM.
ANNOUNCE = """
import os, signal, sys
os.write(int(sys.argv[1]), b'{"host": "127.0.0.1", "port": 4711, "control": 4712}\\n')
signal.pause()
"""

# Listens on its port after a while that the test decides; answers HTTP.
LISTEN = """
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""

SLEEP = "import signal; signal.pause()"

# Does not stop on SIGTERM, and says when it is that far.
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True:
    signal.pause()
"""


def python(folder: Path, name: str, code: str, *arguments: str, **more: Any) -> ProcessSpec:
    """Say how `code` is run by Python; it is ready once it runs unless said otherwise."""
    given: dict[str, Any] = {
        "kind": "app",
        "directory": folder,
        "environment": dict(os.environ),
        "ready": ReadyOnceRunning(),
        "within": 20.0,
    }
    command = (sys.executable, "-c", code, *arguments)
    return ProcessSpec(**{**given, "name": name, "command": command, **more})


def announcing(folder: Path, name: str, **more: Any) -> ProcessSpec:
    """Say how a service that announces itself is run."""
    return python(
        folder, name, ANNOUNCE, READY_FD, ready=ReadyPipe(), kind="service", port=4711, **more
    )


def listening(folder: Path, name: str, port: int, **more: Any) -> ProcessSpec:
    """Say how a program that listens on `port` is run."""
    return python(folder, name, LISTEN, PORT, port=port, **more)
