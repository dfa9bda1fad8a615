"""kill -9 while records flow: what was acknowledged is there, and every departure is scored."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox import Session

ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("write_departures.py")
DAY = ROOT / "fixtures/flights/2013-06-08/departures.parquet"

SERVICES = ("stream", "object_store", "feature_server", "model_server")
APPS = ("scorer", "archiver")


@contextmanager
def write_a_day(sandbox: Session) -> Iterator[IO[str]]:
    """Let an app write the day, and give what it prints; it must end well."""
    writer = subprocess.Popen(
        [sys.executable, str(WRITER), str(DAY)],
        env={**os.environ, **sandbox.env()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    try:
        yield writer.stdout
        assert writer.wait(60) == 0
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()


@pytest.mark.parametrize("victim", SERVICES + APPS)
def test_nothing_acknowledged_is_lost(sandbox: Session, victim: str) -> None:
    """A process is killed and started again in mid-flow: each record is there, scored, archived."""
    with write_a_day(sandbox) as printed:
        assert printed.readline() == "200\n"
        sandbox.kill(victim)
        sandbox.start(victim)
        written = int(printed.readline())

    sandbox.settle(within=60)

    archive = "parquet('archive/predictions/*/*.parquet')"
    counted = sandbox.sql(f"""
        SELECT (SELECT count(*) FROM stream.departures),
               (SELECT count(DISTINCT key) FROM stream.predictions),
               (SELECT count(*) FROM {archive}),
               (SELECT count(DISTINCT (scheduled_at, carrier, flight, origin)) FROM {archive})
    """)
    assert counted.rows == ((written,) * 4,)
