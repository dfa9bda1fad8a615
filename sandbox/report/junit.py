"""Scenario results as JUnit XML, a test case per expectation, for CI servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sandbox.report.table import show
from sandbox.report.text import WIDEST_ALONE, title, violations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.results import ExpectationResult, ScenarioResult

# What XML 1.0 has no way to write, not even escaped; shown by its code instead.
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[ScenarioResult], *, twins: bool = False) -> str:
    """Give one `testsuites` document, a suite per scenario, to be written as UTF-8.

    With `twins`, a claim that a variant must break is a test that it breaks.
    """
    suites = ET.Element("testsuites", name="sandbox")
    for result in results:
        suites.append(_suite(result, result.must_fail if twins else ()))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(result: ScenarioResult, must_fail: Sequence[str]) -> ET.Element:
    name = _text(title(result))
    cases = [_case(name, each, must_fail) for each in result.expectations]
    if result.error and not any(each.error for each in result.expectations):
        cases.append(_errored(name, "steps", result.error))
    if result.verdict == "skipped":
        cases.append(_skipped(name, "; ".join(result.warnings)))
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=f"{result.duration_s:.3f}",
        timestamp=result.started_at.isoformat(),
    )
    suite.extend(cases)
    return suite


def _case(suite: str, each: ExpectationResult, must_fail: Sequence[str]) -> ET.Element:
    if each.error:
        return _errored(suite, each.id, each.error)
    case = ET.Element("testcase", classname=suite, name=each.id)
    if each.held and each.id in must_fail:
        ET.SubElement(case, "failure", message=_text(f"{each.claim}: held, and must fail here"))
    elif not each.held and each.id not in must_fail:
        failure = ET.SubElement(case, "failure", message=_text(_what_was_seen(each)))
        failure.text = _text("\n".join(str(row) for row in each.rows))
    return case


def _what_was_seen(each: ExpectationResult) -> str:
    count = each.violation_count
    seen = show(each.seen, widest=WIDEST_ALONE) if count is None else violations(count)
    return f"{each.claim}: seen {seen}, expected {each.expected}"


def _errored(suite: str, name: str, error: str) -> ET.Element:
    case = ET.Element("testcase", classname=suite, name=_text(name))
    first, *_ = error.splitlines() or [""]
    ET.SubElement(case, "error", message=_text(first)).text = _text(error)
    return case


def _skipped(suite: str, why: str) -> ET.Element:
    case = ET.Element("testcase", classname=suite, name="steps")
    ET.SubElement(case, "skipped", message=_text(why))
    return case


def _text(words: str) -> str:
    """Give words as XML can hold them."""
    return NOT_IN_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", words)
