"""Moments are read and written exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.servers.features.instants import from_iso, to_iso


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_reads_what_it_writes(microseconds: int) -> None:
    """Every microsecond of the years 1 to 9999 comes back."""
    assert from_iso(to_iso(microseconds)) == microseconds


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2013-06-08T14:00:00Z", "2013-06-08T14:00:00Z"),
        ("2013-06-08T10:00:00-04:00", "2013-06-08T14:00:00Z"),
        ("2013-06-08T14:00:00", "2013-06-08T14:00:00Z"),
        ("2013-06-08", "2013-06-08T00:00:00Z"),
        ("2013-06-08T14:00:00.5Z", "2013-06-08T14:00:00.500Z"),
        ("2013-06-08T14:00:00.000001Z", "2013-06-08T14:00:00.000001Z"),
    ],
)
def test_writes_as_protocol_buffers_do(text: str, written: str) -> None:
    """UTC with a Z, and no, three or six decimals."""
    assert to_iso(from_iso(text)) == written
