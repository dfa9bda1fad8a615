"""From calls that were seen to the call log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.serving.calls import HOUSEKEEPING

if TYPE_CHECKING:
    from sandbox.servers.link.call import Call
    from sandbox.serving.calls import CallLog


class LogRecorder:
    """Counts and writes every call but house-keeping."""

    def __init__(self, log: CallLog) -> None:
        """Write to `log`."""
        self._log = log

    def begin(self, call: Call) -> None:
        """Count a call as in flight."""
        if not call.path.startswith(HOUSEKEEPING):
            self._log.in_flight += 1

    def end(self, call: Call) -> None:
        """Write a call, and count it as in flight no longer."""
        if call.path.startswith(HOUSEKEEPING):
            return
        self._log.in_flight -= 1
        self._log.add(
            at=call.at,
            method=call.method,
            path=call.path,
            status=call.status,
            request=call.request.kept(),
            response=call.response.kept(),
        )
