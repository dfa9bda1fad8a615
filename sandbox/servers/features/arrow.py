"""Arrow IPC streams in and out of DuckDB, without pyarrow."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import nanoarrow as na
from nanoarrow.ipc import InputStream, StreamWriter

from sandbox.servers.features.refusal import BadRequest

if TYPE_CHECKING:
    import duckdb

MEDIA_TYPE = "application/vnd.apache.arrow.stream"


def read(body: bytes) -> na.ArrayStream:
    """Give a stream's batches as an object that DuckDB can register; raises BadRequest."""
    try:
        batches = na.ArrayStream(InputStream.from_readable(io.BytesIO(body)))
        # Only an array outlives the stream; it also shows here whether the body is whole.
        return batches.read_all()
    except (na.c_lib.NanoarrowException, ValueError, OSError, EOFError) as error:
        raise BadRequest(f"the body is no Arrow IPC stream that can be read: {error}") from error


def write(relation: duckdb.DuckDBPyRelation) -> bytes:
    """Run a relation and give its rows as a stream."""
    written = io.BytesIO()
    with StreamWriter.from_writable(written) as writer:
        writer.write_stream(relation)
    return written.getvalue()
