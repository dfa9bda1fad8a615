"""Results as JUnit XML."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from sandbox.report.junit import junit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.results import ExpectationResult, ScenarioResult

    Result = Callable[..., ScenarioResult]
    Claim = Callable[..., ExpectationResult]


def read(document: str) -> ET.Element:
    """Parse a document as a CI server gets it, and check what every reader relies on."""
    root = ET.fromstring(document.encode())  # noqa: S314 - our own
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} <= set(
            suite.attrib
        )
        cases = list(suite)
        assert all(case.tag == "testcase" for case in cases)
        assert all(case.get("name") and case.get("classname") for case in cases)
        assert all(len(case) <= 1 for case in cases)
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("testcase/error")))
        assert float(suite.get("time", "")) >= 0
        assert datetime.fromisoformat(suite.get("timestamp", "")).tzinfo
    return root


def test_there_is_a_suite_for_each_result_and_a_case_for_each_claim(
    a_result: Result, a_claim: Claim
) -> None:
    """Suites are named as what was played, cases as the claims."""
    first = a_result(a_claim("once"), a_claim("soon"))
    suites = list(read(junit([first, a_result(a_claim("once"), variant="late")])))
    assert [suite.get("name") for suite in suites] == ["a_day", "a_day (late)"]
    assert [case.get("name") for case in suites[0]] == ["once", "soon"]
    assert suites[0].get("time") == "1.250"
    assert (suites[0].get("failures"), suites[0].get("errors")) == ("0", "0")


def test_no_results_are_an_empty_document() -> None:
    """Without results the document is there all the same."""
    assert len(read(junit([]))) == 0


def test_a_claim_that_broke_is_a_failure(a_result: Result, a_broken_claim: Claim) -> None:
    """A failure says what was seen and expected, and has the rows."""
    result = a_result(a_broken_claim({"item": "pen", "copies": 2}, count=3))
    (failure,) = read(junit([result])).findall("testsuite/testcase/failure")
    assert failure.get("message") == "once is true: seen 3 violations, expected no rows"
    assert failure.text == "{'item': 'pen', 'copies': 2}"


def test_a_value_that_is_not_as_expected_is_a_failure(a_result: Result, a_claim: Claim) -> None:
    """A failure about a value says it; NULL is named."""
    result = a_result(a_claim(held=False, seen=None, expected="equals 3"))
    (failure,) = read(junit([result])).findall("testsuite/testcase/failure")
    assert failure.get("message") == "once is true: seen NULL, expected equals 3"


def test_a_claim_that_could_not_be_judged_is_an_error(a_result: Result, a_claim: Claim) -> None:
    """A query that cannot run is an error, not a failure; its first line is the message."""
    broken = a_claim(held=False, error="SQL: no such table\nLINE 1")
    root = read(junit([a_result(broken, a_claim("soon"), error="SQL: no such table\nLINE 1")]))
    (error,) = root.findall("testsuite/testcase/error")
    assert error.get("message") == "SQL: no such table"
    assert error.text == "SQL: no such table\nLINE 1"
    assert not root.findall("testsuite/testcase/failure")


def test_a_replay_that_broke_on_the_way_is_an_error(a_result: Result) -> None:
    """Where no claim was judged there is one case, which is an error."""
    root = read(junit([a_result(error="copier died:\n  | boom")]))
    (case,) = root.findall("testsuite/testcase")
    assert case.get("name") == "steps"
    assert case.find("error") is not None


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("\x00\x08\x1b[31m", "\\x00\\x08\\x1b[31m"),
        ("\ufffe\uffff", "\\xfffe\\xffff"),
        ("\ud800", "\\xd800"),
        ('<b a="\'">&amp;]]>', '<b a="\'">&amp;]]>'),
        ("tab\tnew\nline", "tab\tnew\nline"),
        ("Zürich 日本 🛫", "Zürich 日本 🛫"),
    ],
)
def test_whatever_a_value_holds_the_document_can_be_read(
    a_result: Result, a_claim: Claim, words: str, written: str
) -> None:
    """What XML cannot hold is shown by its code; all else comes back as it was."""
    log = a_result(error=f"died: {words}")
    claim = a_claim(held=False, error=words, claim=words)
    row = {"value": words}
    rows = a_claim(held=False, claim=words, columns=("value",), rows=(row,), violation_count=1)
    root = read(junit([log, a_result(claim, rows)]))
    assert [each.text for each in root.iter("error")] == [f"died: {written}", written]
    (failure,) = root.iter("failure")
    assert failure.get("message", "").startswith(written)


def test_a_twin_that_breaks_as_declared_passes_where_twins_are_asked_for(
    a_result: Result, a_claim: Claim
) -> None:
    """With `twins`, breaking is what is tested; without, a twin is judged like any scenario."""
    broken = a_claim("once", held=False, expected="equals 0", seen=1)
    twin = a_result(broken, a_claim("soon"), variant="short_key", must_fail=("once",))
    assert read(junit([twin]))[0].get("failures") == "1"
    assert read(junit([twin], twins=True))[0].get("failures") == "0"


def test_a_twin_that_does_not_break_fails_where_twins_are_asked_for(
    a_result: Result, a_claim: Claim
) -> None:
    """A claim that must break and held is a failure, and so is one that broke beside it."""
    other = a_claim("soon", held=False, expected="equals 0", seen=1)
    twin = a_result(a_claim("once"), other, variant="short_key", must_fail=("once",))
    root = read(junit([twin], twins=True))
    assert [case.get("name") for case in root.iter("testcase") if len(case)] == ["once", "soon"]


def test_what_cannot_be_played_is_skipped(a_result: Result) -> None:
    """A scenario that a runtime cannot play is neither a failure nor a pass."""
    why = ("only the embedded stream takes faults",)
    (suite,) = read(junit([replace(a_result(warnings=why), verdict="skipped")]))
    assert suite.get("skipped") == "1"
    (case,) = suite
    assert case[0].tag == "skipped"
    assert case[0].get("message") == why[0]
