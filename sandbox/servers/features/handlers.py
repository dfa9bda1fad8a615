"""What each path does; `routes` is the table of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from sandbox.servers.features import arrow, historical, query, upload
from sandbox.servers.features.definitions import (
    Definition,
    FeatureService,
    check_collisions,
    parse_reference,
)
from sandbox.servers.features.http import ANY, Request, Response, Route, header_list
from sandbox.servers.features.instants import from_iso, to_iso
from sandbox.servers.features.push import stage_push
from sandbox.servers.features.refusal import BadRequest, Malformed
from sandbox.servers.features.table import look_up

if TYPE_CHECKING:
    from sandbox.servers.features.store import FeatureStore
    from sandbox.servers.features.table import Table
    from sandbox.serving.calls import CallLog

Body = TypeVar("Body")


class Clock(msgspec.Struct, forbid_unknown_fields=True):
    """The body of PUT /sandbox/clock."""

    now: str | None


class Push(msgspec.Struct):
    """The body of Feast's POST /push: columns of values; the push source is the table."""

    push_source_name: str
    df: dict[str, list[Any]]


def routes(store: FeatureStore, log: CallLog) -> tuple[Route, ...]:
    """Give every path that is answered."""
    server = Handlers(store, log)
    table = f"/sandbox/tables/{ANY}"
    return (
        Route("POST", "/get-online-features", server.get_online_features),
        Route("POST", "/get-historical-features", server.get_historical_features),
        Route("POST", "/sql", server.sql),
        Route("POST", "/push", server.push),
        Route("GET", "/health", server.health),
        Route("GET", "/sandbox/status", server.status),
        Route("DELETE", "/sandbox/calls", server.forget_calls),
        Route("GET", "/sandbox/clock", server.get_clock),
        Route("PUT", "/sandbox/clock", server.put_clock),
        Route("GET", "/sandbox/tables", server.get_tables),
        Route("GET", table, server.get_table),
        Route("PUT", table, server.put_table),
        Route("DELETE", table, server.delete_table),
        Route("POST", f"{table}/rows", server.post_rows),
        Route("GET", "/sandbox/feature-services", server.get_services),
        Route("PUT", f"/sandbox/feature-services/{ANY}", server.put_service),
    )


class Handlers:
    """Handlers of one store's requests; each raises Refusal where it will not."""

    def __init__(self, store: FeatureStore, log: CallLog) -> None:
        """Keep what they are about."""
        self._store = store
        self._log = log

    async def get_online_features(self, request: Request) -> Response:
        """Answer from memory, on the event loop: this is the hot path."""
        return Response(self._store.online.answer(request.body, self._store.now))

    async def get_historical_features(self, request: Request) -> Response:
        """Join features to entity rows at each row's own time."""
        asked = _historical_request(request.query)
        rows = self._upload(request)
        joined = await self._store.read(
            partial(historical.join, tables=dict(self._store.tables), request=asked, rows=rows),
            request.gone,
        )
        without = ", ".join(f"{name}={count}" for name, count in joined.without.items())
        headers = {
            "Sandbox-Rows": str(joined.rows),
            "Sandbox-Rows-Without-Features": without,
            "Sandbox-Notes": "; ".join(joined.notes),
        }
        return Response(
            joined.body, media_type=arrow.MEDIA_TYPE.encode(), headers=header_list(headers)
        )

    async def sql(self, request: Request) -> Response:
        """Run a read-only query; rows as Arrow, or as JSON where only that is accepted."""
        text = _decode(request, query.Query).query
        if upload.JSON in request.header("accept"):
            return Response(await self._store.read(partial(query.as_json, text=text), request.gone))
        body = await self._store.read(partial(query.as_arrow, text=text), request.gone)
        return Response(body, media_type=arrow.MEDIA_TYPE.encode())

    async def push(self, request: Request) -> Response:
        """Write rows as Feast's push does."""
        pushed = _decode(request, Push)
        stage = partial(stage_push, columns=pushed.df, table=self._table(pushed.push_source_name))
        await self._store.write(pushed.push_source_name, "append", stage)
        return Response(b"null")

    async def health(self, _request: Request) -> Response:
        """Say that all is well, in Feast's way: with nothing but the status."""
        return Response()

    async def status(self, _request: Request) -> Response:
        """Say what the server is doing and what it has."""
        return _json(
            {
                **self._log.counts(),
                "clock": self._clock(),
                "tables": {name: table.version for name, table in self._store.tables.items()},
            }
        )

    async def forget_calls(self, _request: Request) -> Response:
        """Empty the call log."""
        self._log.truncate()
        return Response(b"null")

    async def get_clock(self, _request: Request) -> Response:
        """Say what time it is for online reads, and whether that was set."""
        return _json(self._clock())

    async def put_clock(self, request: Request) -> Response:
        """Set the time of online reads; null: the newest event's."""
        said = _decode(request, Clock).now
        try:
            now = None if said is None else from_iso(said)
        except ValueError as error:
            raise BadRequest(f"now: {said!r} is no ISO 8601 timestamp") from error
        await self._store.set_clock(now)
        return _json(self._clock())

    async def get_tables(self, _request: Request) -> Response:
        """Describe every table."""
        return _json({name: _described(table) for name, table in self._store.tables.items()})

    async def get_table(self, request: Request) -> Response:
        """Describe one table."""
        return _json(_described(self._table(request.names[0])))

    async def put_table(self, request: Request) -> Response:
        """Declare a table."""
        definition = _decode(request, Definition)
        return _json(_described(await self._store.define_table(request.names[0], definition)))

    async def delete_table(self, request: Request) -> Response:
        """Forget a table and its rows."""
        await self._store.drop_table(request.names[0])
        return Response(b"null")

    async def post_rows(self, request: Request) -> Response:
        """Write rows to a table."""
        mode = request.query.get("mode", "append")
        if mode not in ("append", "replace"):
            raise BadRequest(f"mode {mode!r}: say append or replace")
        stage = partial(upload.stage, upload=self._upload(request))
        return _json(await self._store.write(request.names[0], mode, stage))  # type: ignore[arg-type] # just checked

    async def get_services(self, _request: Request) -> Response:
        """Give every feature service."""
        return _json(self._store.services)

    async def put_service(self, request: Request) -> Response:
        """Declare a feature service."""
        service = _decode(request, FeatureService)
        await self._store.define_service(request.names[0], service)
        return _json(service)

    def _table(self, name: str) -> Table:
        return look_up(self._store.tables, name)

    def _upload(self, request: Request) -> upload.Upload:
        return upload.Upload(request.header("content-type"), request.body, self._store.uploads)

    def _clock(self) -> dict[str, str | None]:
        store = self._store
        return {
            "set": None if store.clock is None else to_iso(store.clock),
            "now": to_iso(store.now) if store.now else None,
        }


def _historical_request(asked: dict[str, str]) -> historical.HistoricalRequest:
    known = ("features", "event_timestamp", "full_feature_names")
    for name in asked:
        if name not in known:
            raise BadRequest(f"query key {name!r}: known are {', '.join(known)}")
    references = [parse_reference(each) for each in asked.get("features", "").split(",") if each]
    if not references:
        raise BadRequest("say ?features=table:feature,…")
    full = asked.get("full_feature_names", "").lower() in ("1", "true")
    check_collisions(references, full_feature_names=full)
    return historical.HistoricalRequest(
        tuple(references), asked.get("event_timestamp", historical.EVENT_TIMESTAMP), full
    )


def _decode(request: Request, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.DecodeError as error:
        raise Malformed(f"the body: {error}") from error


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content))


def _described(table: Table) -> dict[str, object]:
    definition = table.definition
    return {
        "entity": definition.entity,
        "event_timestamp": definition.event_timestamp,
        "ttl_seconds": definition.ttl_seconds,
        "columns": {column.name: column.type for column in table.columns},
        "rows": table.rows,
        "version": table.version,
        "newest_event": None if table.newest is None else to_iso(table.newest),
    }
