"""The ASGI application: routes, errors as Feast says them, and the order of starting and stopping."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from sandbox.servers.features.handlers import routes
from sandbox.servers.features.http import (
    Request,
    Response,
    Router,
    hung_up,
    read_body,
    respond,
)
from sandbox.servers.features.refusal import Refusal

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from sandbox.servers.features.store import FeatureStore
    from sandbox.serving.calls import CallLog

LOG = logging.getLogger(__name__)


class Application:
    """Serves one FeatureStore."""

    def __init__(self, store: FeatureStore, log: CallLog) -> None:
        """Set up the routes; `log` is what status and forgetting calls are about."""
        self._store = store
        self._log = log
        self._router = Router(routes(store, log))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = await read_body(receive)
        await respond(send, await self._answer(scope, body, receive))

    async def _answer(self, scope: Scope, body: bytes, receive: Receive) -> Response:
        try:
            handler, names = self._router.find(scope["method"], scope["path"])
            return await handler(Request(scope, body, names, partial(hung_up, receive)))
        except Refusal as refusal:
            return _error(refusal.status, refusal.detail)
        except Exception as error:
            LOG.exception("%s %s failed", scope["method"], scope["path"])
            return _error(500, f"the feature server failed: {error!r}")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._store.close()
        self._log.close()
        await send({"type": "lifespan.shutdown.complete"})


def _error(status: int, detail: str) -> Response:
    return Response(msgspec.json.encode({"detail": detail}), status)
