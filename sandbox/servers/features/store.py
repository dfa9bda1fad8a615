"""The owner of everything: the DuckDB file, the tables in memory, and the clock.

What is read online is in memory, and is changed only on the event loop, after the commit: so it is
never ahead of the file. Changes run one after the other in a thread of their own; queries and
point-in-time joins run in others, each with its own cursor.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import duckdb

from sandbox.servers.features import catalog, database, load
from sandbox.servers.features.definitions import (
    Definition,
    FeatureService,
    check_definition,
    check_name,
    parse_reference,
)
from sandbox.servers.features.online import OnlineReader
from sandbox.servers.features.refusal import BadRequest, Conflict
from sandbox.servers.features.table import Table, look_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from sandbox.servers.features.database import Cursor
    from sandbox.servers.features.load import Change
    from sandbox.servers.features.rows import Mode, Written

Given = TypeVar("Given")
READERS = 4
# Seconds from one interrupt of a query that nobody waits for to the next.
INTERRUPT_AGAIN = 0.02


class FeatureStore:
    """Tables, services and the clock; `online` answers reads from memory."""

    def __init__(self, folder: Path) -> None:
        """Open what is in `folder` and read every table; raises duckdb.IOException if it is held."""
        self.uploads = folder / database.UPLOADS
        self._database = database.open_database(folder)
        self._write_cursor = self._database.cursor()
        catalog.prepare(self._write_cursor)
        self.tables: dict[str, Table] = load.read_tables(self._write_cursor)
        self.services = catalog.services(self._write_cursor)
        self.clock = catalog.clock(self._write_cursor)
        self.online = OnlineReader(self.tables, self.services)
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._changing = asyncio.Lock()
        self._newest = self._find_newest()

    def close(self) -> None:
        """Let what is under way finish, and close the file."""
        self._writer.shutdown()
        self._readers.shutdown()
        self._write_cursor.close()
        self._database.close()

    @property
    def now(self) -> int:
        """The time of online reads, in microseconds since 1970: as set, or the newest event's."""
        return self._newest if self.clock is None else self.clock

    async def define_table(self, name: str, definition: Definition) -> Table:
        """Declare a table; raises BadRequest, and Conflict where its rows have other keys."""
        check_definition(name, definition)
        async with self._changing:
            present = self.tables.get(name)
            if present and present.definition == definition:
                return present
            self._check_no_twin(name)
            if present and present.columns and present.definition.keys != definition.keys:
                raise Conflict(
                    f"table {name!r} has rows of entity {', '.join(present.definition.entity)} and "
                    f"event timestamp {present.definition.event_timestamp}; delete it first"
                )
            self._take(await self._change(partial(load.define, name=name, definition=definition)))
        return self.tables[name]

    async def drop_table(self, name: str) -> None:
        """Forget a table and its rows; raises NotFound."""
        look_up(self.tables, name)
        async with self._changing:
            await self._change(partial(_in_transaction, partial(catalog.drop_table, name=name)))
            self.tables.pop(name, None)
            self._forget_derived()

    async def define_service(self, name: str, service: FeatureService) -> None:
        """Declare a feature service; its tables may come later. Raises BadRequest."""
        check_name("feature service", name)
        for reference in service.features:
            parse_reference(reference)
        async with self._changing:
            put = partial(catalog.put_service, name=name, service=service)
            await self._change(partial(_in_transaction, put))
            self.services[name] = service
            self._forget_derived()

    async def set_clock(self, now: int | None) -> None:
        """Set the time of online reads, or have it follow the newest event (None)."""
        async with self._changing:
            put = partial(catalog.set_clock, now=now)
            await self._change(partial(_in_transaction, put))
            self.clock = now

    async def write(self, name: str, mode: Mode, stage: load.Stage) -> Written:
        """Write the rows that `stage` stages; raises NotFound and BadRequest."""
        async with self._changing:
            table = look_up(self.tables, name)
            work = partial(load.write, table=table, mode=mode, stage=stage)
            change, written = await self._change(work)
            self._take(change)
        return written

    async def read(
        self, work: Callable[[Cursor], Given], gone: Callable[[], Awaitable[None]]
    ) -> Given:
        """Run `work` in a thread with a cursor of its own; DuckDB's errors become BadRequest.

        `gone` returns when nobody waits for the answer any more: then the work is broken off.
        """
        cursor = self._database.cursor()
        working = self._readers.submit(_work_and_close, cursor, work)
        answered = asyncio.wrap_future(working)
        leaving = asyncio.ensure_future(gone())
        try:
            await asyncio.wait((answered, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            is_wanted = answered.done()
            if not is_wanted:
                await _break_off(working, answered, cursor)
        if not is_wanted:
            raise BadRequest("nobody waits for the answer")
        return answered.result()

    async def _change(self, work: Callable[[Cursor], Given]) -> Given:
        return await asyncio.get_running_loop().run_in_executor(
            self._writer, work, self._write_cursor
        )

    def _take(self, change: Change) -> None:
        """Let online reads see what was committed."""
        for row in change.added:
            change.table.index.add(*row)
        self.tables[change.table.name] = change.table
        self._forget_derived()

    def _forget_derived(self) -> None:
        self.online.forget_plans()
        self._newest = self._find_newest()

    def _find_newest(self) -> int:
        return max(
            (table.newest for table in self.tables.values() if table.newest is not None), default=0
        )

    def _check_no_twin(self, name: str) -> None:
        """DuckDB does not tell names apart by case, Feast does: so no two may differ in that alone."""
        for other in self.tables:
            if other != name and other.lower() == name.lower():
                raise Conflict(f"table {name!r} would be the same as {other!r} in SQL")


def _in_transaction(work: Callable[[Cursor], None], cursor: Cursor) -> None:
    with database.transaction(cursor):
        work(cursor)


async def _break_off(
    working: Future[Given], answered: asyncio.Future[Given], cursor: Cursor
) -> None:
    """End work that nobody waits for, and return when it has ended.

    DuckDB forgets an interrupt that comes before the query does, so it is told again and again.
    """
    if working.cancel():
        cursor.close()
        return
    while not answered.done():
        with suppress(duckdb.Error):
            cursor.interrupt()
        await asyncio.wait((answered,), timeout=INTERRUPT_AGAIN)
    answered.exception()  # asked for, so that nobody reports it as forgotten


def _work_and_close(cursor: Cursor, work: Callable[[Cursor], Given]) -> Given:
    try:
        return work(cursor)
    except duckdb.Error as error:
        raise BadRequest(str(error)) from error
    finally:
        cursor.close()
