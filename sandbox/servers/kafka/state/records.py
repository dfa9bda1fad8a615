"""Single records inside a batch, for the rare question that a header cannot answer."""

from __future__ import annotations

from kafka.errors import UnsupportedCodecError
from kafka.record.memory_records import MemoryRecords

from sandbox.servers.kafka.state.batch import LOG_APPEND_TIME, read_header


def first_at_or_after(data: bytes, timestamp: int, start: int) -> tuple[int, int] | None:
    """Give offset and time of the first record of a batch at or after `timestamp` and `start`.

    A batch that is compressed in a way that this process cannot read is answered with its first
    record: a consumer that seeks there skips nothing.
    """
    header = read_header(data)
    if header.attributes & LOG_APPEND_TIME:
        return max(header.base_offset, start), header.max_timestamp
    try:
        for batch in MemoryRecords(data):
            for record in batch:
                if record.timestamp >= timestamp and record.offset >= start:
                    return record.offset, record.timestamp
    except (UnsupportedCodecError, AssertionError):
        return max(header.base_offset, start), max(header.first_timestamp, timestamp)
    return None
