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


def announce(ready_fd: int | None, endpoint: Endpoint, *, control: int | None = None) -> None:
    """Write `{"host": …, "port": …, "control": …}` to the pipe and close it.

    `control` is a second port, where the server has one. Without a pipe this does nothing.
    """
    if ready_fd is None:
        return
    said = {"host": endpoint.host, "port": endpoint.port, "control": control}
    line = json.dumps(said) + "\n"
    os.write(ready_fd, line.encode())
    os.close(ready_fd)
