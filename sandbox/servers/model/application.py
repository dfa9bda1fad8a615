"""The ASGI application: inference on the shortest way, everything else by its table of routes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from sandbox.servers.model.body import HungUp, content_encoding, read_body, respond, unpack
from sandbox.servers.model.handlers import find, routes
from sandbox.servers.model.inference import JSON, Inference, infer_target
from sandbox.servers.model.refusal import Refusal, error_body
from sandbox.serving.calls import RecordCalls

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from sandbox.servers.model.repository import Repository
    from sandbox.serving.calls import CallLog

LOG = logging.getLogger(__name__)


class Application:
    """Serves one Repository."""

    def __init__(self, repository: Repository, log: CallLog) -> None:
        """Set up the routes; `log` is where calls are recorded."""
        self._repository = repository
        self._log = log
        self._routes = routes(repository, log)
        self._inference = Inference(repository, log)
        self._others = RecordCalls(self._answer_other, log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        target = infer_target(scope["path"]) if scope["method"] == "POST" else None
        with suppress(HungUp):
            if target is None:
                await self._others(scope, receive, send)
            else:
                await self._inference(scope, receive, send, target)

    async def _answer_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 200
        try:
            body = unpack(await read_body(receive), content_encoding(scope))
            handler, names = find(self._routes, scope["method"], scope["path"])
            answer = msgspec.json.encode(await handler(names, body))
        except Refusal as refusal:
            status, answer = refusal.status, error_body(refusal.error)
        except HungUp:
            raise
        except Exception as error:
            LOG.exception("%s %s failed", scope["method"], scope["path"])
            status, answer = 500, error_body(f"the model server failed: {error!r}")
        await respond(send, status, [JSON], answer)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Load models from when the server listens until it stops."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        starting = asyncio.create_task(self._start())
        await receive()
        starting.cancel()
        self._repository.close()
        self._inference.close()
        self._log.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        try:
            await self._repository.start()
        except Exception:
            LOG.exception("the models that were loaded before could not be loaded")
