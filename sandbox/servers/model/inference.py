"""The shortest way from a request to a model's answer, and what of it stands in the call log."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from sandbox.servers.model.body import HungUp, read_body, respond, unpack
from sandbox.servers.model.refusal import BadRequest, Refusal, error_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from sandbox.servers.model.infer import Answer
    from sandbox.servers.model.repository import Repository
    from sandbox.serving.calls import CallLog

LOG = logging.getLogger(__name__)

# To read a body of this size takes about a millisecond, and others wait meanwhile.
LARGE = 256 * 1024
RUNNERS = 2

JSON = (b"content-type", b"application/json")
BINARY = (b"content-type", b"application/octet-stream")
JSON_SIZE = b"inference-header-content-length"

Target = tuple[str, str | None]
Given = TypeVar("Given")


@lru_cache(maxsize=256)
def infer_target(path: str) -> Target | None:
    """Give model and version of `/v2/models/{m}[/versions/{v}]/infer`; None for another path."""
    match path.split("/"):
        case ["", "v2", "models", name, "infer"]:
            return name, None
        case ["", "v2", "models", name, "versions", version, "infer"]:
            return name, version
    return None


class Inference:
    """Answers `infer` for the models of one repository."""

    def __init__(self, repository: Repository, log: CallLog) -> None:
        """Keep threads at hand for what takes long."""
        self._repository = repository
        self._log = log
        self._runners = ThreadPoolExecutor(RUNNERS, "runner")

    def close(self) -> None:
        """Let what runs finish."""
        self._runners.shutdown(cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, target: Target) -> None:
        """Answer one request and record it; raises HungUp."""
        at = time.time_ns() // 1000
        log = self._log
        log.in_flight += 1
        exchange = Exchange()
        try:
            await self._answer(exchange, scope["headers"], receive, target)
            await respond(send, exchange.status, exchange.headers, exchange.answered)
        finally:
            log.in_flight -= 1
        asked, answered = exchange.logged_request, exchange.logged_response
        log.add(
            at=at,
            method="POST",
            path=scope["path"],
            status=exchange.status,
            request=exchange.asked if asked is None else asked,
            response=exchange.answered if answered is None else answered,
            json_bodies=(asked is not None, answered is not None),
        )

    async def _answer(
        self,
        exchange: Exchange,
        headers: list[tuple[bytes, bytes]],
        receive: Receive,
        target: Target,
    ) -> None:
        """Fill in `exchange`; raises HungUp."""
        try:
            exchange.asked = body = await read_body(receive)
            json_size, encoding = _read_headers(headers)
            if encoding:
                exchange.asked = body = unpack(body, encoding)
            if json_size is None:
                exchange.logged_request = body
            exchange.take(await self._infer(body, json_size, target))
        except Refusal as refusal:
            exchange.refuse(refusal.status, refusal.error)
        except HungUp:
            raise
        except Exception as error:
            LOG.exception("inference by %s failed", target)
            exchange.refuse(500, f"the model server failed: {error!r}")

    async def _infer(self, body: bytes, json_size: int | None, target: Target) -> Answer:
        version = self._repository.version(*target)
        # Imports numpy: there is no version before that was done, in the thread that loads.
        from sandbox.servers.model import infer  # noqa: PLC0415

        if len(body) > LARGE:
            return await self._in_thread(infer.answer, version, body, json_size)
        call = infer.read_call(version, body, json_size)
        if call.rows <= version.quick_rows:
            results = version.run(call.feed, call.outputs)
        else:
            results = await self._in_thread(version.run, call.feed, call.outputs)
        return infer.write_answer(version, call, results)

    async def _in_thread(self, work: Callable[..., Given], *inputs: object) -> Given:
        return await asyncio.get_running_loop().run_in_executor(self._runners, work, *inputs)


class Exchange:
    """A request and its response, as far as they have come.

    `logged_request` and `logged_response` are JSON; None: the call log shows the size alone.
    """

    __slots__ = ("answered", "asked", "headers", "logged_request", "logged_response", "status")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.asked = b""
        self.answered = b""
        self.status = 500
        self.headers = [JSON]
        self.logged_request: bytes | None = None
        self.logged_response: bytes | None = None

    def take(self, answer: Answer) -> None:
        """Answer with a model's results."""
        self.status = 200
        self.answered = answer.body
        self.logged_request = answer.logged_request
        self.logged_response = answer.logged
        if answer.json_size is not None:
            self.headers = [BINARY, (JSON_SIZE, b"%d" % answer.json_size)]

    def refuse(self, status: int, error: str) -> None:
        """Answer with an error."""
        self.status = status
        self.answered = self.logged_response = error_body(error)


def _read_headers(headers: list[tuple[bytes, bytes]]) -> tuple[int | None, bytes]:
    """Give the length of the JSON, where bytes follow it, and the Content-Encoding."""
    json_size, encoding = None, b""
    for name, value in headers:
        if name == JSON_SIZE:
            if not value.isdigit():
                raise BadRequest(f"Inference-Header-Content-Length is no number: {value!r}")
            json_size = int(value)
        elif name == b"content-encoding":
            encoding = value
    return json_size, encoding
