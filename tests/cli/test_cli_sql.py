"""`sandbox sql`: answers for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cli_project import refuses

if TYPE_CHECKING:
    from cli_project import Project


def test_a_table_for_people(running: Project) -> None:
    """Numbers stand to the right, texts to the left, nothing is NULL."""
    said = running.ok("sql", "SELECT 'one' AS word, 1 AS n UNION ALL SELECT NULL, 23 ORDER BY n")
    assert said == "word   n\n────  ──\none    1\nNULL  23\n"


def test_json_for_programs(running: Project) -> None:
    """Each row is an object; times are ISO 8601 in UTC, what is missing is null."""
    query = "SELECT TIMESTAMPTZ '2013-06-08 02:00:00+02' AS at, NULL AS no, 1.5 AS n, [1] AS l"
    said = json.loads(running.ok("sql", query, "--format", "json"))
    assert said == [{"at": "2013-06-08T00:00:00Z", "no": None, "n": 1.5, "l": [1]}]


@pytest.mark.parametrize(
    "place",
    ["stream.orders", "objects.archive", "calls.model_server", "calls.feature_server", "events"],
)
def test_every_place_can_be_asked(running: Project, place: str) -> None:
    """A place that holds nothing is an empty table."""
    assert running.ok("sql", f"SELECT count(*) AS n FROM {place}").split() == ["n", "─", "0"]


def test_from_standard_input(running: Project) -> None:
    """A dash reads the query; it may have lines, comments and a semicolon."""
    said = running.ok("sql", "-", input="-- how many\nSELECT 'ö' AS word,\n  2 AS n;\n")
    assert said.splitlines()[-1] == "ö     2"


def test_no_rows(running: Project) -> None:
    """No rows are a table of no rows, and an empty list."""
    query = "SELECT 1 AS n WHERE false"
    assert running.ok("sql", query) == "n\n─\n"
    assert running.ok("sql", query, "--format", "json") == "[]\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_more_rows_than_are_shown(running: Project, form: str) -> None:
    """What was left out is said, to people; where nothing was, nothing is."""
    query = "SELECT * FROM range(10)"
    done = running.run("sql", query, "--limit", "4", "--format", form)
    assert done.returncode == 0
    shown = json.loads(done.stdout) if form == "json" else done.stdout.splitlines()[2:]
    assert len(shown) == 4
    assert done.stderr == "· these are the first 4 rows; --limit shows more\n"
    assert running.run("sql", query, "--limit", "10", "--format", form).stderr == ""


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELEC 1", 'SQL: Parser Error: syntax error at or near "SELEC"'),
        ("", "one statement is wanted, here are 0"),
        ("SELECT 1; SELECT 2", "one statement is wanted, here are 2"),
        ("SELECT * FROM stream.ordrs", "ordrs"),
        ("SELECT nope FROM stream.orders", "nope"),
        ("SELECT * FROM parquet('archive/*.parquet')", "no object matches archive/*.parquet"),
        ("SELECT 1/0::DECIMAL(1,0) FROM nowhere", "nowhere"),
    ],
)
def test_a_query_that_is_wrong(running: Project, query: str, words: str) -> None:
    """DuckDB's own words are shown, and it is a usage error."""
    refuses(running.run("sql", query), 2, words)


def test_a_table_that_is_not_there(running: Project) -> None:
    """The nearest places are named, rather than DuckDB's internal ones."""
    done = running.run("sql", "SELECT * FROM stream.ordrs")
    refuses(done, 2, hint="did you mean 'stream.orders'?")
    assert "pg_catalog" not in done.stderr


@pytest.mark.parametrize("how", ["argument", "input"])
def test_a_query_that_is_no_text(running: Project, how: str) -> None:
    """Bytes that are no UTF-8 are refused in words."""
    words = b"SELECT '\xff'"
    if how == "argument":
        done = running.run("sql", words)
    else:
        with (running.folder / "query.sql").open("wb+") as file:
            file.write(words)
            file.seek(0)
            done = running.run("sql", "-", stdin=file)
    refuses(done, 2, "the query is not UTF-8 text (byte 8)")
