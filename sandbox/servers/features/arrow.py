"""Arrow IPC streams in and out of DuckDB, without pyarrow.

nanoarrow is imported where it is first needed: a server is ready a tenth sooner for it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from sandbox.servers.features.refusal import BadRequest

if TYPE_CHECKING:
    import duckdb

MEDIA_TYPE = "application/vnd.apache.arrow.stream"


def read(body: bytes) -> Any:
    """Give a stream's batches as an object that DuckDB can register; raises BadRequest."""
    import nanoarrow as na  # noqa: PLC0415 - see above
    from nanoarrow.ipc import InputStream  # noqa: PLC0415 - see above

    try:
        # Read at once: a body that breaks off shows here, and not in the midst of a statement.
        return na.ArrayStream(InputStream.from_readable(io.BytesIO(body))).read_all()
    except (RuntimeError, ValueError, OSError) as error:
        raise BadRequest(f"the body is no Arrow IPC stream that can be read: {error}") from error


def write(relation: duckdb.DuckDBPyRelation) -> bytes:
    """Run a relation and give its rows as a stream."""
    from nanoarrow.ipc import StreamWriter  # noqa: PLC0415 - see above

    written = io.BytesIO()
    with StreamWriter.from_writable(written) as writer:
        writer.write_stream(relation)
    return written.getvalue()
