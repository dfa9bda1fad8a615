"""Hops are counted, and a query that counts nothing is the scenario's mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.errors import ScenarioError
from sandbox.expectations import count_hop
from sandbox.results import HopCount
from sandbox.scenario.definition import Hop

if TYPE_CHECKING:
    from sandbox.services.snapshot import Snapshot


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("SELECT count(*) FROM range(7)", 7),
        ("SELECT sum(i) FROM range(4) AS t(i)", 6),
        ("SELECT count(*) FROM events", 0),
        ("SELECT count(*) FROM parquet('archive/*.parquet')", 0),
    ],
)
def test_a_hop_is_counted(everything: Snapshot, query: str, count: int) -> None:
    """A hop has as many as its query says, and none where there are no objects."""
    assert count_hop(everything, Hop(name="copied", count=query)) == HopCount(
        name="copied", count=count
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT NULL", "one whole number"),
        ("SELECT 1.5::DOUBLE", "one whole number"),
        ("SELECT 'seven'", "one whole number"),
        ("SELECT true", "one whole number"),
        ("SELECT 1, 2", "one whole number"),
        ("SELECT 1 WHERE false", "one whole number"),
        ("SELECT count(*) FROM stream.nowhere", "nowhere"),
        ("SET threads = 1", "SET is no query"),
    ],
)
def test_a_query_that_counts_nothing_is_named(everything: Snapshot, query: str, words: str) -> None:
    """A wrong hop makes the scenario invalid, and the error names the hop."""
    with pytest.raises(ScenarioError, match="hop 'copied'") as caught:
        count_hop(everything, Hop(name="copied", count=query))
    assert words in caught.value.message
    assert caught.value.exit_code == 4
