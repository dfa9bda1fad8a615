"""One SQL over everything: a DuckDB with a schema per place, filled with what a query names.

stream.<topic>     partition, offset, timestamp, key, headers, value (JSON; NULL where it is none),
                   bytes (as it was sent)
objects.<bucket>   key, size, etag, modified_at; and `parquet('<bucket>/<pattern>')` reads the rows
                   of Parquet objects
features.<table>   as the feature server holds it
calls.<server>     called_at, duration_ms, method, path, status, request, response
apps.<app>         line, text: its log since the last reset
events             what replays did, and when
fixtures.<table>   the tables of the scenario's fixture
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.endpoint import is_listening
from sandbox.errors import (
    NothingToReadError,
    NotRunningError,
    ServiceFailedError,
    UsageError,
    nearest,
)
from sandbox.services import feature_server, object_store, sql, stream
from sandbox.services.sql import Rows, identifier, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.runtime.runtime import Runtime
    from sandbox.services.feature_server import FeatureServerClient
    from sandbox.services.object_store import ObjectStoreClient
    from sandbox.services.stream_client import StreamClient

# How DuckDB begins to say that a glob matched nothing.
NO_FILES = "No files found that match the pattern"

# The services that a snapshot asks, and how a query says that it reads from each.
SOURCES = {
    stream.NAME: r"\bstream\s*\.",
    object_store.NAME: r"\bobjects\s*\.|\bparquet\s*\(",
    feature_server.NAME: r"\bfeatures\s*\.",
}

NO_TABLE = re.compile(r"Table with name (?P<name>.+) does not exist!")

CALL_COLUMNS = (
    "{'at': 'BIGINT', duration_us: 'BIGINT', method: 'VARCHAR', path: 'VARCHAR',"
    " status: 'INTEGER', request: 'JSON', response: 'JSON'}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to look: clients of the services that can be asked, the apps, the fixture's tables."""

    runtime: Runtime
    stream: StreamClient | None = None
    object_store: ObjectStoreClient | None = None
    feature_server: FeatureServerClient | None = None
    stopped: frozenset[str] = frozenset()
    apps: Mapping[str, int] = field(default_factory=dict)
    fixtures: Mapping[str, Path] = field(default_factory=dict)


class Snapshot:
    """The state of everything, read once at the moment when a query first names it."""

    def __init__(self, places: Places) -> None:
        """Read nothing yet."""
        self._places = places
        self._check_alive()
        self._loaders = self._find_places()
        self._connection = sql.connect()
        self._scratch = Path(tempfile.mkdtemp(prefix="sandbox-"))
        self._loaded: set[str] = set()
        for schema in ("stream", "objects", "features", "calls", "apps", "fixtures"):
            self._run(f"CREATE SCHEMA {schema}")
        self._run(
            "CREATE MACRO parquet(pattern) AS TABLE SELECT * FROM read_parquet("
            f"{literal(str(self._scratch))} || '/' || pattern,"
            " hive_partitioning = true, union_by_name = true)"
        )

    def close(self) -> None:
        """Forget it all."""
        self._connection.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def query(self, text: str, *, limit: int | None = None) -> Rows:
        """Run one statement over all places; raises UsageError where it is wrong.

        Raises NothingToReadError where it reads Parquet objects and none matches.
        """
        self._check_started(text)
        self._load(text)
        try:
            return sql.query(self._connection, text, limit=limit)
        except UsageError as error:
            missing = NO_TABLE.search(error.message)
            if missing:
                raise self._no_table(text, missing["name"]) from error
            _, found, pattern = error.message.partition(NO_FILES)
            if not found:
                raise
            wanted = pattern.split('"')[1].removeprefix(f"{self._scratch}/")
            raise self._no_objects(wanted) from error

    def _check_started(self, text: str) -> None:
        """Refuse a query about a place whose service is stopped: it is not empty, it is away."""
        for name, pattern in SOURCES.items():
            if name in self._places.stopped and re.search(pattern, text, re.IGNORECASE):
                raise NotRunningError(
                    f"the query reads from {name}, which is stopped",
                    hint=f"start it before it is asked: `- start: {name}`, or sandbox up",
                )

    def _no_objects(self, pattern: str) -> UsageError:
        """Tell an archive without objects from one that is misspelt."""
        bucket = pattern.split("/", maxsplit=1)[0]
        buckets = [place.split(" ")[1] for place in self._loaders if " " in place]
        if bucket in buckets or self._places.object_store is None:
            return NothingToReadError(f"no object matches {pattern}")
        return UsageError(f"there is no bucket {bucket!r}", hint=nearest(bucket, buckets))

    def _no_table(self, text: str, name: str) -> UsageError:
        """Name the place that was meant: DuckDB itself offers tables of its own."""
        said = re.search(rf"[\w.-]*{re.escape(name)}", text.replace('"', ""), re.IGNORECASE)
        written = said[0] if said else name
        places = [place for place in self._loaders if " " not in place]
        return UsageError(f"there is no table {written!r}", hint=nearest(written, places))

    def _run(self, statement: str) -> None:
        self._connection.execute(statement).fetchall()

    def _check_alive(self) -> None:
        """Raise ServiceFailedError at once where clients would try for half a minute."""
        for name in SOURCES:
            client = getattr(self._places, name)
            if client is not None and not is_listening(client.endpoint):
                raise ServiceFailedError(
                    f"{name} does not answer at {client.endpoint.address}",
                    hint="sandbox ps shows what runs, sandbox up starts again what died",
                )

    def _find_places(self) -> dict[str, Callable[[], None]]:
        """Give a loader for each table, by the name that a query says: `stream.departures`."""
        places = self._places
        found: dict[str, Callable[[], None]] = {"events": self._load_events}
        for name in places.fixtures:
            found[f"fixtures.{name}"] = partial(self._load_fixture, name)
        for server in ("model_server", "feature_server"):
            found[f"calls.{server}"] = partial(self._load_calls, server)
        for app in places.apps:
            found[f"apps.{app}"] = partial(self._load_app, app)
        if places.stream is not None:
            with places.stream as client:
                for topic in client.topics():
                    found[f"stream.{topic}"] = partial(self._load_topic, client, topic)
        if places.object_store is not None:
            store = places.object_store
            for bucket in store.buckets():
                found[f"objects.{bucket}"] = partial(self._load_bucket, store, bucket)
                found[f"parquet {bucket}"] = partial(self._download, store, bucket)
        if places.feature_server is not None:
            features = places.feature_server
            for table in features.status()["tables"]:
                found[f"features.{table}"] = partial(self._load_features, features, table)
        return found

    def _load(self, text: str) -> None:
        """Load what `text` names; all of it where it asks which tables there are."""
        said = text.lower().replace('"', "")
        everything = any(word in said for word in ("show ", "information_schema", "duckdb_tables"))
        for place, load in self._loaders.items():
            named = all(part in said for part in place.lower().split(" "))
            if (named or (everything and " " not in place)) and place not in self._loaded:
                self._loaded.add(place)
                self._load_place(place, load)

    def _load_place(self, place: str, load: Callable[[], None]) -> None:
        import duckdb  # noqa: PLC0415 - as in sql.connect

        try:
            load()
        except duckdb.Error as error:
            raise ServiceFailedError(f"{place} cannot be read: {error}") from error

    def _load_events(self) -> None:
        self._read_json(
            self._places.runtime.folder.events,
            "events",
            "{happened_at: 'TIMESTAMPTZ', scenario: 'VARCHAR', variant: 'VARCHAR',"
            " event: 'VARCHAR', detail: 'JSON'}",
            "*",
        )

    def _load_calls(self, server: str) -> None:
        self._read_json(
            self._places.runtime.calls_of(server),
            f"calls.{server}",
            CALL_COLUMNS,
            'make_timestamptz("at") AS called_at, duration_us / 1000.0 AS duration_ms,'
            " method, path, status, request, response",
        )

    def _read_json(self, file: Path, table: str, columns: str, select: str) -> None:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        self._run(
            f"CREATE TABLE {table} AS SELECT {select} FROM read_json({literal(str(file))},"
            f" format = 'newline_delimited', columns = {columns}, maximum_object_size = 268435456)"
        )

    def _load_fixture(self, name: str) -> None:
        file = literal(str(self._places.fixtures[name]))
        self._run(f"CREATE VIEW fixtures.{identifier(name)} AS SELECT * FROM read_parquet({file})")

    def _load_app(self, app: str) -> None:
        import nanoarrow as na  # noqa: PLC0415 - as in sql.create

        log = self._places.runtime.log_of(app)
        written = log.read_bytes()[self._places.apps[app] :] if log.exists() else b""
        lines = written.decode(errors="replace").splitlines()
        sql.create(
            self._connection,
            f"apps.{identifier(app)}",
            [
                ("line", na.int64(), range(1, len(lines) + 1)),
                ("text", na.string(), lines),
            ],
        )

    def _load_topic(self, client: StreamClient, topic: str) -> None:
        import nanoarrow as na  # noqa: PLC0415 - as in sql.create

        with client:
            records = list(client.read(topic))
        sql.create(
            self._connection,
            f"stream.{identifier(topic)}",
            [
                ("partition", na.int32(), [each.partition for each in records]),
                ("offset", na.int64(), [each.offset for each in records]),
                ("ms", na.int64(), [each.timestamp for each in records]),
                ("key", na.string(), [_text(each.key) for each in records]),
                ("headers", na.string(), [_headers(each.headers) for each in records]),
                ("value", na.string(), [_json(each.value) for each in records]),
                ("bytes", na.binary(), [each.value for each in records]),
            ],
            'partition, "offset", make_timestamptz(ms * 1000) AS timestamp, key,'
            # Python takes for JSON what DuckDB does not: half a surrogate pair, for one.
            " headers::JSON AS headers, TRY_CAST(value AS JSON) AS value, bytes",
        )

    def _load_bucket(self, store: ObjectStoreClient, bucket: str) -> None:
        import nanoarrow as na  # noqa: PLC0415 - as in sql.create

        with store.answering():
            listed = list(store.minio().list_objects(bucket, recursive=True))
        sql.create(
            self._connection,
            f"objects.{identifier(bucket)}",
            [
                ("key", na.string(), [each.object_name for each in listed]),
                ("size", na.int64(), [each.size for each in listed]),
                ("etag", na.string(), [(each.etag or "").strip('"') for each in listed]),
                ("us", na.int64(), [int(each.last_modified.timestamp() * 1e6) for each in listed]),
            ],
            "key, size, etag, make_timestamptz(us) AS modified_at",
        )

    def _download(self, store: ObjectStoreClient, bucket: str) -> None:
        """Fetch a bucket's Parquet objects, for `parquet(…)` to read."""
        from minio.error import S3Error  # noqa: PLC0415 - 130 ms

        client = store.minio()
        for each in client.list_objects(bucket, recursive=True):
            if each.object_name.endswith(".parquet"):
                path = self.path_of(bucket, each.object_name)
                try:
                    client.fget_object(bucket, each.object_name, str(path))
                except (OSError, ValueError, S3Error) as error:
                    raise ServiceFailedError(
                        f"cannot fetch {bucket}/{each.object_name}: {error}"
                    ) from error

    def path_of(self, bucket: str, key: str) -> Path:
        """Give the file for an object, inside this snapshot's own folder.

        Raises ServiceFailedError for keys that S3 allows and a folder does not.
        """
        folder = self._scratch / bucket
        path = folder / key
        inside = ".." not in path.parts and path.is_relative_to(folder)
        if not inside or any(parent.is_file() for parent in path.parents):
            raise ServiceFailedError(f"{bucket}/{key}: a key that no file can have is not read")
        return path

    def _load_features(self, server: FeatureServerClient, table: str) -> None:
        import nanoarrow as na  # noqa: PLC0415 - as in sql.create
        from nanoarrow.ipc import InputStream  # noqa: PLC0415 - as above

        described = server.describe(table)
        if not described["columns"]:
            self._create_empty(table, described)
            return
        answer = server.sql(f"SELECT * FROM {identifier(table)}")
        rows = na.ArrayStream(InputStream.from_readable(io.BytesIO(answer)))
        self._connection.register("incoming", rows)
        self._run(f"CREATE TABLE features.{identifier(table)} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")

    def _create_empty(self, table: str, described: Mapping[str, Any]) -> None:
        """Show a feature table that never had rows: of its columns only the declared are known."""
        columns = [f"{identifier(name)} VARCHAR" for name in described["entity"]]
        columns.append(f"{identifier(described['event_timestamp'])} TIMESTAMPTZ")
        self._run(f"CREATE TABLE features.{identifier(table)} ({', '.join(columns)})")


@contextmanager
def snapshot(places: Places) -> Iterator[Snapshot]:
    """Open a snapshot, and close it at the end."""
    opened = Snapshot(places)
    try:
        yield opened
    finally:
        opened.close()


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode(errors="backslashreplace")


def _json(content: bytes | None) -> str | None:
    """Give a record's value where it is JSON, and else None."""
    try:
        text = (content or b"").decode()
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return text


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _headers(headers: list[tuple[str, bytes]]) -> str:
    return json.dumps({key: _text(value) for key, value in headers})
