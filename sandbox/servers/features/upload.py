"""Bodies that hold rows: Parquet, an Arrow IPC stream, or JSON, each into the staging table."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import msgspec

from sandbox.servers.features import arrow, json_rows
from sandbox.servers.features.database import literal, quote, run
from sandbox.servers.features.refusal import BadRequest, Malformed
from sandbox.servers.features.staging import ROW, STAGING, staged_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sandbox.servers.features.database import Cursor
    from sandbox.servers.features.definitions import Column

PARQUET = "application/vnd.apache.parquet"
JSON = "application/json"


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
    json_rows.stage(cursor, rows)


FORMATS: Mapping[str, Callable[[Cursor, Upload], None]] = {
    PARQUET: _read_parquet,
    arrow.MEDIA_TYPE: _read_arrow,
    JSON: _read_json,
}
