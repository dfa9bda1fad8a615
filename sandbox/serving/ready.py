"""How a child process tells the process that started it where it listens.

The parent passes the write end of a pipe as `--ready-fd`. The child writes one line of JSON once it
is bound and answers, and closes the pipe. A pipe that closes without a line is a child that died:
nobody polls and nobody sleeps.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.endpoint import Endpoint


def announce(ready_fd: int | None, endpoint: Endpoint) -> None:
    """Write `{"host": …, "port": …}` to the pipe and close it; without a pipe, do nothing."""
    if ready_fd is None:
        return
    line = json.dumps({"host": endpoint.host, "port": endpoint.port}) + "\n"
    os.write(ready_fd, line.encode())
    os.close(ready_fd)
