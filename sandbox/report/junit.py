"""Scenario results as JUnit XML, a test case per expectation, for CI servers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sandbox.report.text import title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.results import ExpectationResult, ScenarioResult


def junit(results: Sequence[ScenarioResult]) -> str:
    """Give one `testsuites` document, a suite per scenario."""
    suites = ET.Element("testsuites", name="sandbox")
    for result in results:
        suites.append(_suite(result))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(result: ScenarioResult) -> ET.Element:
    broken = [each for each in result.expectations if each.error]
    failed = [each for each in result.expectations if not each.held and not each.error]
    no_claim = bool(result.error) and not broken
    suite = ET.Element(
        "testsuite",
        name=title(result),
        tests=str(len(result.expectations) + no_claim),
        failures=str(len(failed)),
        errors=str(len(broken) + no_claim),
        time=f"{result.duration_s:.3f}",
        timestamp=result.started_at.isoformat(),
    )
    for each in result.expectations:
        suite.append(_case(title(result), each))
    if no_claim:
        case = ET.SubElement(suite, "testcase", classname=title(result), name="steps")
        ET.SubElement(case, "error", message=_first_line(result.error)).text = result.error
    return suite


def _case(suite: str, each: ExpectationResult) -> ET.Element:
    case = ET.Element("testcase", classname=suite, name=each.id)
    if each.error:
        ET.SubElement(case, "error", message=_first_line(each.error)).text = each.error
    elif not each.held:
        seen = each.seen if each.violation_count is None else f"{each.violation_count} violations"
        failure = ET.SubElement(
            case, "failure", message=f"{each.claim}: seen {seen}, expected {each.expected}"
        )
        failure.text = "\n".join(str(row) for row in each.rows)
    return case


def _first_line(words: str | None) -> str:
    return (words or "").splitlines()[0] if words else ""
