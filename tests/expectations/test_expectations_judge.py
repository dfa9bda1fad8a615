"""Claims are judged by what their queries answer, and what cannot be judged never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.expectations import VIOLATIONS_KEPT, judge
from sandbox.expectations.compare import COMPARISONS
from sandbox.scenario.check import COMPARISONS as CHECKED
from sandbox.scenario.definition import Expectation

if TYPE_CHECKING:
    from sandbox.services.snapshot import Snapshot


def claim(**how: Any) -> Expectation:
    """Give a claim."""
    return Expectation(id="it", claim="it is so", **how)


@pytest.mark.parametrize(
    ("value", "how", "held"),
    [
        ("3", {"equals": 3}, True),
        ("3", {"equals": 3.0}, True),
        ("3", {"equals": 4}, False),
        ("0", {"equals": 0}, True),
        ("'JFK'", {"equals": "JFK"}, True),
        ("'JFK'", {"equals": "jfk"}, False),
        ("''", {"equals": ""}, True),
        ("true", {"equals": True}, True),
        ("false", {"equals": False}, True),
        ("true", {"equals": False}, False),
        ("0.1 + 0.2", {"equals": 0.3}, True),
        ("2::HUGEINT", {"equals": 2}, True),
        ("TIMESTAMPTZ '2013-06-08 08:00-04'", {"equals": "2013-06-08T12:00:00Z"}, True),
        ("DATE '2013-06-08'", {"equals": "2013-06-08"}, True),
        ("4.9", {"below": 5}, True),
        ("5", {"below": 5}, False),
        ("5.1", {"above": 5}, True),
        ("5", {"above": 5}, False),
        ("1", {"between": (1, 5)}, True),
        ("5", {"between": (1, 5)}, True),
        ("5.01", {"between": (1, 5)}, False),
        ("0", {"between": (1, 5)}, False),
        ("-1", {"below": 0}, True),
    ],
)
def test_a_value_is_compared(
    everything: Snapshot, value: str, how: dict[str, Any], *, held: bool
) -> None:
    """Each comparison holds where it should, ends included in `between` alone."""
    result = judge(everything, claim(value=f"SELECT {value}", **how))
    assert (result.held, result.error) == (held, None)


HOWS = [{"equals": 0}, {"equals": ""}, {"below": 5}, {"above": 5}, {"between": (0, 9)}]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize(
    "nothing", ["NULL", "NULL::INTEGER", "'nan'::DOUBLE", "max(1) WHERE false"]
)
def test_null_never_holds(everything: Snapshot, nothing: str, how: dict[str, Any]) -> None:
    """A value that is not there, or is no number, satisfies no comparison; it is no error."""
    result = judge(everything, claim(value=f"SELECT {nothing}", **how))
    assert (result.held, result.seen, result.error) == (False, None, None)


@pytest.mark.parametrize(
    ("value", "how"),
    [
        ("'7'", {"equals": 7}),
        ("7", {"equals": "7"}),
        ("'7'", {"below": 10}),
        ("'7'", {"above": 1}),
        ("'7'", {"between": (1, 10)}),
        ("true", {"equals": 1}),
        ("1", {"equals": True}),
        ("true", {"below": 5}),
        ("[7]", {"equals": 7}),
        ("{'a': 7}", {"equals": "7"}),
    ],
)
def test_values_of_different_kinds_are_an_error(
    everything: Snapshot, value: str, how: dict[str, Any]
) -> None:
    """A text is never compared with a number: that is a wrong query, not a claim that broke."""
    result = judge(everything, claim(value=f"SELECT {value}", **how))
    assert not result.held
    assert result.error is not None
    assert "is compared with" in result.error


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT nothing_of_the_kind", "Binder Error"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM stream.nowhere", "nowhere"),
        ("SELECT 'x'::INTEGER", "Conversion Error"),
        ("", "one statement is wanted, here are 0"),
        ("SELECT 1; SELECT 2", "one statement is wanted, here are 2"),
        ("SET threads = 1", "SET is no query"),
        ("CREATE TABLE mine AS SELECT 1", "CREATE is no query"),
        ("DROP SCHEMA stream", "DROP is no query"),
        ("COPY (SELECT 1) TO '/nowhere/at/all'", "COPY is no query"),
    ],
)
@pytest.mark.parametrize("kind", ["violations", "value"])
def test_sql_that_is_wrong_is_an_error(
    everything: Snapshot, kind: str, query: str, words: str
) -> None:
    """A query that cannot run, or is none, has not held, and the error says why."""
    how = {"violations": query} if kind == "violations" else {"value": query, "equals": 1}
    result = judge(everything, claim(**how))
    assert not result.held
    assert words in (result.error or "")
    assert result.violation_count is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT 1 WHERE false", "0 rows of 1"),
        ("SELECT unnest([1, 2])", "2 rows of 1"),
        ("SELECT 1, 1", "1 rows of 2"),
    ],
)
def test_a_value_is_one_row_of_one_column(everything: Snapshot, query: str, words: str) -> None:
    """Anything but one value is an error."""
    result = judge(everything, claim(value=query, equals=1))
    assert not result.held
    assert words in (result.error or "")


def test_no_rows_are_no_violation(everything: Snapshot) -> None:
    """A claim holds where its query answers no row."""
    result = judge(everything, claim(violations="SELECT 1 AS item WHERE false"))
    assert (result.held, result.violation_count, result.rows) == (True, 0, ())
    assert result.expected == "no rows"


def test_violations_are_all_counted_and_the_first_kept(everything: Snapshot) -> None:
    """Every row is counted, and no more are kept than a report shows."""
    query = "SELECT i AS item, NULL AS copies FROM range(1000) AS t(i) ORDER BY i"
    result = judge(everything, claim(violations=query))
    assert (result.held, result.violation_count) == (False, 1000)
    assert result.columns == ("item", "copies")
    assert result.rows == tuple({"item": n, "copies": None} for n in range(VIOLATIONS_KEPT))


def test_a_row_of_nulls_is_a_violation(everything: Snapshot) -> None:
    """It is rows that count, whatever they hold."""
    result = judge(everything, claim(violations="SELECT NULL"))
    assert (result.held, result.violation_count) == (False, 1)


@pytest.mark.parametrize("how", [{"equals": 0}, {"below": 5}])
def test_no_matching_objects_have_not_held(everything: Snapshot, how: dict[str, Any]) -> None:
    """A claim about Parquet objects of which there are none has not held, and says so."""
    query = "SELECT count(*) FROM parquet('archive/*.parquet')"
    result = judge(everything, claim(value=query, **how))
    assert (result.held, result.error) == (False, None)
    assert result.seen == "no object matches archive/*.parquet"


def test_no_matching_objects_are_a_violation_too(everything: Snapshot) -> None:
    """No rows because there is nothing to read is no proof that nothing is wrong."""
    query = "SELECT * FROM parquet('archive/*.parquet') WHERE copies <> 1"
    result = judge(everything, claim(violations=query))
    assert (result.held, result.error) == (False, None)
    assert result.seen == "no object matches archive/*.parquet"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"violations": "SELECT 1"}, "no rows"),
        ({"value": "SELECT 1", "equals": 0}, "equals 0"),
        ({"value": "SELECT 1", "below": 0.5}, "below 0.5"),
        ({"value": "SELECT 0", "above": 1}, "above 1"),
        ({"value": "SELECT 0", "between": (1, 2)}, "between 1 and 2"),
    ],
)
def test_what_was_expected_is_said(everything: Snapshot, how: dict[str, Any], words: str) -> None:
    """The result says in words what the claim expects."""
    result = judge(everything, claim(**how))
    assert (result.held, result.expected) == (False, words)


def test_what_can_be_written_can_be_compared() -> None:
    """The comparisons that a scenario may write are those that are judged."""
    assert tuple(COMPARISONS) == CHECKED
