"""What is wrong around the steps of a scenario is named with its line and what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Stories

# What is written instead of what; the line's words, key and message of the error; and its hint.
WRONG = [
    ("claim: Every", "clam: Every", "clam", "clam", "unknown key 'clam'", "did you mean 'claim'?"),
    (
        "claim: Every departure is scored once.\n",
        "",
        "given",
        None,
        "the key 'claim' is missing",
        "claim: a text",
    ),
    ("steps:\n", "step:\n", "step:", "step", "unknown key 'step'", "did you mean 'steps'?"),
    (
        "settle_within: 20s",
        "settle_within: [20]",
        "settle_within",
        "settle_within",
        "a duration is written like 250ms, 30s, 5m, 6h or 2d, and here is a list",
        None,
    ),
    (
        "2013-06-08T04:00:00Z",
        "2013-06-08 04:00:00",
        "clock",
        "given.clock",
        "the time 2013-06-08 04:00:00 has no zone",
        "end it with Z, for UTC",
    ),
    (
        "flights/saturday",
        "flights/saturdy",
        "saturdy",
        "given.fixture",
        "there is no fixture at {folder}/fixtures/flights/saturdy",
        "did you mean 'saturday'?",
    ),
    (
        "[scorer, archiver]",
        "[scorer, archver]",
        "archver",
        "given.apps[1]",
        "there is no app 'archver'",
        "did you mean 'archiver'?",
    ),
    (
        "  - {name: departures, count: SELECT count(*) FROM stream.departures}\n",
        "  - {name: a, count: SELECT 1}\n  - {name: a, count: SELECT 2}\n",
        "count: SELECT 2",
        "hops[1].name",
        "the hop 'a' stands here twice",
        None,
    ),
    (
        "hop: departures",
        "hop: departure",
        "hop: departure\n",
        "expect[0].hop",
        "there is no hop in `hops` 'departure'",
        "did you mean 'departures'?",
    ),
    (
        "id: is_none",
        "id: is_close",
        "Nothing is left",
        "expect[2].id",
        "the id 'is_close' stands here twice",
        None,
    ),
    (
        "    violations: SELECT 1 WHERE false\n",
        "",
        "- id: scored",
        "expect[0]",
        "an expectation has one of violations and value",
        None,
    ),
    (
        "    violations: SELECT 1 WHERE false\n",
        "    violations: SELECT 1\n    value: SELECT 1\n",
        "- id: scored",
        "expect[0]",
        "an expectation has one of violations and value",
        None,
    ),
    (
        "    violations: SELECT 1 WHERE false\n",
        "    violations: SELECT 1\n    below: 1\n",
        "- id: scored",
        "expect[0]",
        "violations are not compared, and here is below",
        "take it out, or ask for a `value`",
    ),
    (
        ", equals: 0",
        "",
        "id: is_none",
        "expect[2]",
        "a value is compared once, not 0 times",
        "say one of equals, below, above, between",
    ),
    (
        ", equals: 0",
        ", equals: 0, below: 1",
        "id: is_none",
        "expect[2]",
        "a value is compared once, not 2 times",
        None,
    ),
    ("[1, 5]", "[5, 1]", "[5, 1]", "expect[1].between", "nothing lies between 5 and 1", None),
    ("[1, 5]", "[1]", "[1]", "expect[1].between", "2 values are wanted here, not 1", None),
    (
        "must_fail: scored_once",
        "must_fail: [is_none, scored_one]",
        "must_fail",
        "variants.short_key.must_fail[1]",
        "there is no expectation 'scored_one'",
        "did you mean 'scored_once'?",
    ),
    (
        "      scorer: {command",
        "      scorr: {command",
        "scorr:",
        "variants.short_key.apps.scorr",
        "this scenario has no app 'scorr'",
        "did you mean 'scorer'?",
    ),
    (
        "[scorer, archiver]",
        "archiver",
        "scorer: {command",
        "variants.short_key.apps.scorer",
        "this scenario has no app 'scorer'",
        None,
    ),
    (
        "  control:",
        "  a control:",
        "a control",
        'variants."a control"',
        "'a control' cannot be the name of a variant",
        None,
    ),
    (
        "claim: The same",
        "clam: The same",
        "clam",
        "variants.control.clam",
        "unknown key 'clam'",
        "did you mean 'claim'?",
    ),
    (
        "claim: The same again.",
        "claim: The same: again.",
        "The same: again",
        None,
        "this is not valid YAML: mapping values are not allowed here",
        'put a text that holds ": " in quotes',
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "words", "key", "message", "hint"),
    WRONG,
    ids=[f"{each[3]}: {each[4][:30]}" for each in WRONG],
)
def test_what_is_wrong_is_named(
    stories: Stories,
    *,
    old: str,
    new: str,
    words: str,
    key: str | None,
    message: str,
    hint: str | None,
) -> None:
    """Each mistake is shown at its own line and key, in words, with the nearest valid name."""
    stories.complains(old, new, words=words, key=key, message=message, hint=hint)


def test_a_scenario_without_claims_is_refused(stories: Stories) -> None:
    """A story that expects nothing could not fail."""
    text = stories.file.read_text()
    error = stories.complaint(text[text.index("expect:") :], "expect: []\n")
    assert error.message == "a scenario without a claim proves nothing"
    assert error.where is not None
    assert error.where.line == stories.line_of("expect: []")
