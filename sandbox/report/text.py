"""A scenario's result, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.report.table import show, table

if TYPE_CHECKING:
    from sandbox.results import ExpectationResult, HopCount, ScenarioResult

ROWS_SHOWN = 5
# A value that stands alone has a line to itself.
WIDEST_ALONE = 200


def title(result: ScenarioResult) -> str:
    """Name what was played: `p06_end_to_end_day (short_key)`."""
    return f"{result.scenario} ({result.variant})" if result.variant else result.scenario


def text(result: ScenarioResult) -> str:
    """Tell the story of one replay: hops, claims, and the rows that broke them."""
    lines = [f"{title(result)}: {result.claim}", ""]
    if result.hops:
        lines += ["  hops       " + hop_line(result.hops), ""]
    for each in result.expectations:
        lines += _expectation(each)
    if result.error and not any(each.error for each in result.expectations):
        lines += [f"  error: {indented(result.error, '  ')}"]
    lines += [f"  note: in this runtime, {each}" for each in result.warnings]
    lines += ["", verdict(result)]
    return "\n".join(lines)


def hop_line(hops: tuple[HopCount, ...]) -> str:
    """Give the hops in order, with how many arrived at each."""
    return " → ".join(f"{hop.name} {hop.count}" for hop in hops)


def _expectation(each: ExpectationResult) -> list[str]:
    mark = "✓" if each.held else "✗"
    lines = [f"  {mark} {each.id}: {each.claim}"]
    if each.held:
        return lines
    if each.hop:
        lines.append(f"      at the hop {each.hop!r}")
    if each.error:
        return [*lines, f"      {indented(each.error, '      ')}"]
    if each.violation_count is None:
        return [
            *lines,
            f"      seen {show(each.seen, widest=WIDEST_ALONE)}, expected {each.expected}",
        ]
    lines.append(f"      {violations(each.violation_count)}:")
    shown = [[row[name] for name in each.columns] for row in each.rows[:ROWS_SHOWN]]
    lines.append(table(each.columns, shown, indent="      "))
    if each.violation_count > len(shown):
        lines.append(f"      … and {each.violation_count - len(shown)} more")
    return lines


def violations(count: int) -> str:
    """Count them in words: `1 violation`, `2 violations`."""
    return "1 violation" if count == 1 else f"{count} violations"


def verdict(result: ScenarioResult) -> str:
    """Sum up in one line."""
    if result.verdict == "skipped":
        return f"SKIPPED  {title(result)}: it cannot be played in this runtime"
    held = sum(each.held for each in result.expectations)
    claims = f"{held} of {len(result.expectations)} claims held"
    line = f"{result.verdict.upper()}  {title(result)}: {claims}, {result.duration_s:.1f} s"
    if result.must_fail:
        wanted = ", ".join(result.must_fail)
        as_declared = "it does, and nothing else" if result.as_declared else "it does not so"
        line += f"\n  a broken twin, made to fail on {wanted}: {as_declared}"
    return line


def indented(words: str, by: str) -> str:
    """Indent all lines but the first."""
    return words.replace("\n", f"\n{by}")
