"""The archive: Parquet in the object store, one file for each date and partition of the topic.

A file is written whole, and holds each prediction once: one that comes again takes the place of the
former. So writing the same batch twice, after a crash say, leaves the same archive.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb
from minio import Minio
from minio.error import S3Error

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]
Rows = dict[str, Row]

COLUMNS = {
    "prediction_id": "VARCHAR",
    "scheduled_at": "TIMESTAMPTZ",
    "departed_at": "TIMESTAMPTZ",
    "carrier": "VARCHAR",
    "flight": "INTEGER",
    "origin": "VARCHAR",
    "model_name": "VARCHAR",
    "model_version": "VARCHAR",
    "probability": "DOUBLE",
    "scored_at": "TIMESTAMPTZ",
}


def connect() -> Minio:
    """Give a client of the object store that AWS's variables name."""
    url = urlsplit(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ["AWS_ENDPOINT_URL"])
    return Minio(
        url.netloc,
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        session_token=os.environ.get("AWS_SESSION_TOKEN"),
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        secure=url.scheme == "https",
    )


class Archive:
    """The files of one bucket; what this process wrote last is kept, until it is told to forget."""

    def __init__(self, client: Minio, bucket: str) -> None:
        """Read nothing yet."""
        self._client = client
        self._bucket = bucket
        self._files: dict[str, Rows] = {}
        self._database = duckdb.connect()
        self._database.execute("SET TimeZone = 'UTC'").fetchall()

    def forget(self) -> None:
        """Read files again before changing them: others may have written."""
        self._files.clear()

    def add(self, date: str, partition: int, rows: Iterable[Row]) -> None:
        """Put rows into the file of a UTC date and partition, by their `prediction_id`."""
        key = f"predictions/date={date}/partition={partition}.parquet"
        known = self._files.get(key)
        merged = {**(self._read(key) if known is None else known)}
        merged.update((row["prediction_id"], row) for row in rows)
        self._write(key, merged)
        self._files[key] = merged

    def _read(self, key: str) -> Rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "before.parquet"
            try:
                self._client.fget_object(self._bucket, key, str(path))
            except S3Error as error:
                if error.code == "NoSuchKey":
                    return {}
                raise
            columns = ", ".join(
                f"CAST({name} AS VARCHAR) AS {name}" if kind == "TIMESTAMPTZ" else name
                for name, kind in COLUMNS.items()
            )
            found = self._database.execute(
                f"SELECT {columns} FROM read_parquet($path)", {"path": str(path)}
            )
            rows = found.fetchall()
        return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in rows}

    def _write(self, key: str, rows: Rows) -> None:
        with tempfile.TemporaryDirectory() as folder:
            lines, path = Path(folder) / "rows.json", Path(folder) / "after.parquet"
            chosen = ({name: row[name] for name in COLUMNS} for row in rows.values())
            lines.write_text("\n".join(map(json.dumps, chosen)))
            self._database.execute(
                f"COPY (SELECT * FROM read_json('{lines}', columns = {COLUMNS},"
                f" format = 'newline_delimited') ORDER BY scheduled_at, prediction_id)"
                f" TO '{path}' (FORMAT parquet)"
            ).fetchall()
            self._client.fput_object(self._bucket, key, str(path))
