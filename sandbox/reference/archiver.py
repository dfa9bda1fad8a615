"""Archives predictions as Parquet."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime

from sandbox.reference.archive import Archive, Row, connect
from sandbox.reference.consuming import Records, consume, say
from sandbox.reference.settings import Settings

GROUP = "archiver"


def archive(into: Archive, records: Records) -> None:
    """Put each prediction into the file of its scheduled date (UTC) and partition."""
    files: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for record in records:
        row = json.loads(record.value)
        date = datetime.fromisoformat(row["scheduled_at"]).astimezone(UTC).date()
        files[date.isoformat(), record.partition].append(row)
    for (date_text, partition), rows in files.items():
        into.add(date_text, partition, rows)
    say(f"archived {len(records)} predictions in {len(files)} files")


def main() -> None:
    """Archive until told to stop."""
    settings = Settings()
    into = Archive(connect(), settings.archive_bucket)
    consume(
        settings.predictions,
        GROUP,
        settings.bootstrap_servers,
        lambda records: archive(into, records),
        on_lost=into.forget,
    )


if __name__ == "__main__":
    main()
