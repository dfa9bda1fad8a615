"""Bodies that hold rows: Parquet, an Arrow IPC stream, or JSON, each into a staging table.

The staging table is temporary, belongs to one cursor, and numbers its rows from 1 in the order of
the body, so that an error can name the row.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from sandbox.servers.features import arrow, catalog
from sandbox.servers.features.database import literal, quote, run
from sandbox.servers.features.refusal import BadRequest, Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sandbox.servers.features.database import Cursor
    from sandbox.servers.features.definitions import Column

PARQUET = "application/vnd.apache.parquet"
JSON = "application/json"
STAGING = "staging"
ROW = "row number"


@dataclass(frozen=True, slots=True)
class Upload:
    """A body and its Content-Type; `folder` is where a file may stand for a moment."""

    content_type: str
    body: bytes
    folder: Path


def stage(cursor: Cursor, upload: Upload) -> tuple[Column, ...]:
    """Put a body's rows into the staging table and give its columns, the row number left out.

    Raises BadRequest where the body cannot be read.
    """
    read = FORMATS.get(upload.content_type.partition(";")[0].strip().lower())
    if read is None:
        raise BadRequest(
            f"Content-Type {upload.content_type!r}: send one of {', '.join(sorted(FORMATS))}"
        )
    read(cursor, upload)
    return staged_columns(cursor)


def _create(cursor: Cursor, select: str) -> None:
    run(
        cursor,
        f"CREATE OR REPLACE TEMP TABLE {STAGING} AS"
        f" SELECT row_number() OVER () AS {quote(ROW)}, * FROM ({select})",
    )


def _read_parquet(cursor: Cursor, upload: Upload) -> None:
    file = upload.folder / f"{uuid.uuid4().hex}.parquet"
    try:
        file.write_bytes(upload.body)
        _create(cursor, f"FROM read_parquet({literal(str(file))})")
    except duckdb.Error as error:
        raise BadRequest(f"the body is no Parquet file that can be read: {error}") from error
    finally:
        file.unlink(missing_ok=True)


def _read_arrow(cursor: Cursor, upload: Upload) -> None:
    cursor.register("incoming", arrow.read(upload.body))
    try:
        _create(cursor, "FROM incoming")
    except duckdb.Error as error:
        raise BadRequest(f"the Arrow stream cannot be read: {error}") from error
    finally:
        cursor.unregister("incoming")


def _read_json(cursor: Cursor, upload: Upload) -> None:
    try:
        rows = msgspec.json.decode(upload.body, type=list[dict[str, msgspec.Raw]])
    except msgspec.ValidationError as error:
        raise Malformed(f"the body is no JSON list of objects, a row each: {error}") from error
    except msgspec.DecodeError as error:
        raise BadRequest(f"the body is no JSON: {error}") from error
    _stage_rows(cursor, rows)


def stage_columns(cursor: Cursor, rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    """Stage rows of plain values and give their columns."""
    _stage_rows(cursor, rows)
    return staged_columns(cursor)


def staged_columns(cursor: Cursor) -> tuple[Column, ...]:
    """Give the staging table's columns, the row number left out."""
    return tuple(c for c in catalog.columns(cursor, STAGING, temporary=True) if c.name != ROW)


def _stage_rows(cursor: Cursor, rows: list[dict[str, Any]]) -> None:
    """Put rows of JSON values into the staging table, with the types that the values have."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise BadRequest("there are no rows")
    run(
        cursor,
        f"CREATE OR REPLACE TEMP TABLE documents AS SELECT row_number() OVER () AS"
        f" {quote(ROW)}, document FROM (SELECT unnest(from_json(?, '[\"JSON\"]')) AS document)",
        [msgspec.json.encode(rows).decode()],
    )
    pointers = [f"document->{literal(_pointer(name))}" for name in names]
    shapes = run(
        cursor,
        f"SELECT {', '.join(f'json_group_structure({each})' for each in pointers)} FROM documents",
    )[0]
    read = [
        f"json_transform_strict({pointer}, {literal(_shape(name, shape))}) AS {quote(name)}"
        for name, pointer, shape in zip(names, pointers, shapes, strict=True)
    ]
    try:
        run(
            cursor,
            f"CREATE OR REPLACE TEMP TABLE {STAGING} AS SELECT {quote(ROW)}, {', '.join(read)}"
            f" FROM documents ORDER BY {quote(ROW)}",
        )
    except duckdb.Error as error:
        raise BadRequest(f"the rows cannot be read: {error}") from error
    finally:
        run(cursor, "DROP TABLE documents")


def _pointer(name: str) -> str:
    """Give the JSON pointer (RFC 6901) of a key."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _shape(name: str, found: str | None) -> str:
    """Give the type of a column from what DuckDB found in it, whole numbers as BIGINT."""
    shape = (found or '"NULL"').replace('"UBIGINT"', '"BIGINT"')
    if shape == '"JSON"':
        raise BadRequest(f"column {name!r} holds values of different types; a column has one")
    return shape


FORMATS: Mapping[str, Callable[[Cursor, Upload], None]] = {
    PARQUET: _read_parquet,
    arrow.MEDIA_TYPE: _read_arrow,
    JSON: _read_json,
}
