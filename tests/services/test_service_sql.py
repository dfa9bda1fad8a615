"""SQL: plain values come back, names and texts go in safely, mistakes are told."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import nanoarrow as na
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import UsageError
from sandbox.services import sql
from sandbox.services.sql import Rows, identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb


@pytest.fixture(scope="module")
def shared() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give one DuckDB for all that only read."""
    connection = sql.connect()
    yield connection
    connection.close()


def one(connection: duckdb.DuckDBPyConnection, expression: str) -> Any:
    """Give the value of an expression."""
    ((value,),) = sql.query(connection, f"SELECT {expression}").rows
    return value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("TIMESTAMPTZ '2013-06-08 10:00:00-04'", "2013-06-08T14:00:00Z"),
        ("TIMESTAMPTZ '2013-06-08 14:00:00.5+00'", "2013-06-08T14:00:00.500000Z"),
        ("TIMESTAMPTZ '2013-06-08 14:00:00.000001+00'", "2013-06-08T14:00:00.000001Z"),
        ("[TIMESTAMPTZ '2013-06-08 10:00:00-04']", ["2013-06-08T14:00:00Z"]),
        ("{'at': TIMESTAMPTZ '2013-06-08 10:00:00-04'}", {"at": "2013-06-08T14:00:00Z"}),
        ("NULL::TIMESTAMPTZ", None),
        ("TIMESTAMP '2013-06-08 10:00:00'", "2013-06-08T10:00:00"),
        ("DATE '2013-06-08'", "2013-06-08"),
        ("TIME '10:00:01'", "10:00:01"),
        ("INTERVAL 90 SECOND", 90.0),
        ("1.25::DECIMAL(5,2)", 1.25),
        ("2::HUGEINT ** 100", 2.0**100),
        ("(2::HUGEINT << 70)", 2 << 70),
        ("'nan'::DOUBLE", None),
        ("['inf'::DOUBLE, '-inf'::FLOAT, 1.5]", [None, None, 1.5]),
        ("'\\xFFa'::BLOB", "\\xffa"),
        ("uuid()::VARCHAR = uuid()::VARCHAR", False),
        ("'6c84fb90-12c4-11e1-840d-7b25c5ee775a'::UUID", "6c84fb90-12c4-11e1-840d-7b25c5ee775a"),
        ("MAP {1: 'a'}", {"1": "a"}),
        ("""'{"a": [1]}'::JSON""", '{"a": [1]}'),
        ("'a'::ENUM ('a', 'b')", "a"),
        ("true", True),
    ],
)
def test_values_are_plain(
    shared: duckdb.DuckDBPyConnection, expression: str, value: object
) -> None:
    """Every kind of value comes as JSON can hold it: moments as ISO 8601 in UTC, no NaN."""
    found = one(shared, expression)
    assert found == value
    assert type(found) is type(value)
    json.dumps(found, allow_nan=False)


def test_moments_are_in_utc(shared: duckdb.DuckDBPyConnection) -> None:
    """A moment without a zone is read as UTC, and days are those of UTC."""
    assert one(shared, "'2013-06-08 23:30:00'::TIMESTAMPTZ") == "2013-06-08T23:30:00Z"
    assert one(shared, "(TIMESTAMPTZ '2013-06-08 23:30:00-04')::DATE") == "2013-06-09"


def test_columns_of_one_name(shared: duckdb.DuckDBPyConnection) -> None:
    """Columns of the same name are kept apart, as joins give them."""
    found = sql.query(shared, 'SELECT 1 AS a, 2 AS a, \'x\' AS "a""b c"')
    assert found == Rows(("a", "a", 'a"b c'), ((1, 2, "x"),))


def test_rows_as_dicts() -> None:
    """Rows can be had by name."""
    rows = Rows(("a", "b"), ((1, 2), (3, 4)))
    assert rows.as_dicts() == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


def test_order_is_kept(shared: duckdb.DuckDBPyConnection) -> None:
    """Rows come in the order that was asked for, however many, and no more than wanted."""
    query = "SELECT i, hash(i) AS h FROM range(200000) AS t(i) ORDER BY h"
    rows = sql.query(shared, query).rows
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    assert sql.query(shared, query, limit=3).rows == rows[:3]
    assert sql.query(shared, query + " LIMIT 2", limit=3).rows == rows[:2]


@pytest.mark.parametrize("text", ["SHOW TABLES", "DESCRIBE SELECT 1 AS x", "PRAGMA version"])
def test_other_statements_answer_too(shared: duckdb.DuckDBPyConnection, text: str) -> None:
    """What DuckDB answers with rows is given, whatever statement it is."""
    assert sql.query(shared, text).columns


@pytest.mark.parametrize("text", ["SELECT 1;", "-- why\nSELECT 1 -- so", "FROM (SELECT 1)"])
def test_one_statement_however_written(shared: duckdb.DuckDBPyConnection, text: str) -> None:
    """A semicolon at the end and comments do no harm."""
    assert sql.query(shared, text).rows == ((1,),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "one statement is wanted, here are 0"),
        ("-- nothing", "one statement is wanted, here are 0"),
        ("SELECT 1; SELECT 2", "one statement is wanted, here are 2"),
        ("SELEC 1", "SQL: Parser Error"),
        ("SELECT * FROM nowhere", "nowhere does not exist"),
        ("SELECT 'a'::INTEGER", "SQL: Conversion Error"),
        ("SELECT error('boom')", "boom"),
        ("SELECT ?", "SQL: "),
    ],
)
def test_mistakes_are_told(shared: duckdb.DuckDBPyConnection, text: str, told: str) -> None:
    """What is wrong with a statement is told in DuckDB's words, whenever it shows."""
    with pytest.raises(UsageError) as caught:
        sql.query(shared, text)
    assert told in caught.value.message
    assert caught.value.exit_code == 2


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20))
def test_any_name_and_text_can_be_quoted(shared: duckdb.DuckDBPyConnection, text: str) -> None:
    """A quoted name is that name and a quoted text that text, whatever stands in them."""
    found = sql.query(shared, f"SELECT {literal(text)} AS {identifier(text)}")
    assert found == Rows((text,), ((text,),))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks(value: float) -> None:
    """NaN and infinity become None, also deep inside."""
    assert sql.jsonable({"a": [value, (1.5, value)]}) == {"a": [None, [1.5, None]]}


def test_tables_are_made_of_values() -> None:
    """A table takes Python's values, nulls too, and may turn them on the way; it may be empty."""
    with sql.connect() as connection:
        sql.create(
            connection,
            "t",
            [
                ("us", na.int64(), [0, None]),
                ("text", na.string(), ["a\0ü", None]),
                ("raw", na.binary(), [b"\xff", None]),
            ],
            "make_timestamptz(us) AS at, text, raw",
        )
        sql.create(connection, "empty", [("n", na.int32(), []), ("s", na.string(), [])])
        found = sql.query(connection, "FROM t")
        nothing = sql.query(connection, "FROM empty")
        kinds = sql.query(connection, "SELECT column_type FROM (DESCRIBE empty)").rows
    assert found.rows == (("1970-01-01T00:00:00Z", "a\0ü", "\\xff"), (None, None, None))
    assert nothing == Rows(("n", "s"), ())
    assert kinds == (("INTEGER",), ("VARCHAR",))
