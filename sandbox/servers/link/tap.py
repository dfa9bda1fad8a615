"""Watch both directions of one connection and tell of its calls. No I/O, and never an error.

A call begins when the head of its request was read, and ends when request and response are complete
or the connection is over. What cannot be read as HTTP/1 is let be: the tap stops, the bytes go on.
"""

from __future__ import annotations

import time
from collections import deque

from sandbox.servers.link.call import NO_RESPONSE, Call, Recorder, path_of
from sandbox.servers.link.head import (
    FINAL,
    Framing,
    Head,
    MalformedError,
    request_framing,
    request_head,
    response_framing,
    response_head,
)
from sandbox.servers.link.message import MessageReader

SWITCHING = 101
SUCCESS = range(200, 300)


class Tap:
    """Reads what passes through one connection."""

    def __init__(self, recorder: Recorder) -> None:
        """Tell `recorder` of every call."""
        self._recorder = recorder
        self._calls: deque[Call] = deque()
        self._requests = MessageReader(request_head, _Asking(self))
        self._responses = MessageReader(response_head, _Answering(self))
        self.is_reading = True

    @property
    def is_idle(self) -> bool:
        """Tell whether no call is under way, as far as is known."""
        return self.is_reading and not self._calls and self._requests.between_messages

    @property
    def waiting_call(self) -> Call | None:
        """Give the first call, if its client waits for an answer and sends no more of it."""
        call = self._calls[0] if self._calls else None
        return call if call and (call.asked or call.expects_continue) else None

    def asked(self, content: bytes) -> None:
        """See what the client sent."""
        self._feed(self._requests, content)

    def answered(self, content: bytes) -> None:
        """See what the server sent."""
        self._feed(self._responses, content)

    def answers_ended(self) -> None:
        """See that the server sends no more, in good order."""
        if self.is_reading:
            self._responses.end()
            self.stop()

    def stop(self) -> None:
        """Read no more; what is in flight is over."""
        self.is_reading = False
        while self._calls:
            call = self._calls.popleft()
            if not call.answered:
                call.status = NO_RESPONSE
            self._recorder.end(call)

    def _feed(self, reader: MessageReader, content: bytes) -> None:
        if not self.is_reading:
            return
        try:
            reader.feed(content)
        except Exception:  # noqa: BLE001 - whatever it is, the bytes go on and nobody is disturbed
            self.stop()

    def begin(self, head: Head) -> Call:
        """Take a request's head."""
        call = Call(time.time_ns() // 1000, head.method, path_of(head.target))
        call.expects_continue = head.expects_continue
        self._calls.append(call)
        self._recorder.begin(call)
        return call

    def awaiting(self) -> Call:
        """Give the call that the next response belongs to; raises MalformedError without one."""
        for call in self._calls:
            if not call.answered:
                return call
        raise MalformedError("a response that nobody asked for")

    def settle(self) -> None:
        """Tell of the calls that are over, in order."""
        while self._calls and self._calls[0].is_over:
            self._recorder.end(self._calls.popleft())


class _Asking:
    """Takes requests."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._call: Call | None = None

    def on_head(self, head: Head) -> Framing:
        self._call = self._tap.begin(head)
        return request_framing(head)

    def on_body(self, piece: bytes) -> None:
        if self._call:
            self._call.request.add(piece)

    def on_end(self) -> None:
        if self._call:
            self._call.asked = True
        self._tap.settle()


class _Answering:
    """Takes responses; those that only announce another one (100 Continue) are passed over."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._call: Call | None = None

    def on_head(self, head: Head) -> Framing:
        call = self._tap.awaiting()
        call.status = head.status
        if switches_protocol(call.method, head.status):
            call.answered = True
            self._tap.stop()
            return Framing.NONE
        if head.status in FINAL:
            self._call = call
        return response_framing(call.method, head)

    def on_body(self, piece: bytes) -> None:
        if self._call:
            self._call.response.add(piece)

    def on_end(self) -> None:
        if self._call:
            self._call.answered = True
            self._call = None
        self._tap.settle()


def switches_protocol(method: str, status: int) -> bool:
    """Tell whether what follows a response is another protocol."""
    return status == SWITCHING or (method == "CONNECT" and status in SUCCESS)
