"""What types cannot check in a scenario: names that refer to the sandbox, and to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.config.fixture_tables import tables_of
from sandbox.config.names import NAME_HINT, is_name
from sandbox.document.verify import Verify
from sandbox.errors import ScenarioError
from sandbox.scenario.check_steps import Story, check_steps

if TYPE_CHECKING:
    from sandbox.config.definition import Config
    from sandbox.document import Document, Key
    from sandbox.scenario.definition import Expectation, Scenario

COMPARISONS = ("equals", "below", "above", "between")


def check(scenario: Scenario, config: Config, document: Document) -> None:
    """Raise ScenarioError, with file, line and key, at the first thing that cannot be."""
    story = Story(scenario, config, Verify(document, ScenarioError))
    _check_given(story)
    check_steps(story)
    _check_expectations(story)
    _check_variants(story)


def _check_given(story: Story) -> None:
    given, verify = story.scenario.given, story.verify
    for at, name in enumerate(given.apps or ()):
        verify.known(name, story.config.apps, ("given", "apps", at), "app")
    if given.fixture is not None:
        tables_of(story.config, given.fixture, ("given", "fixture"), verify)


def _check_expectations(story: Story) -> None:
    scenario, verify = story.scenario, story.verify
    verify(scenario.expect, ("expect",), "a scenario without a claim proves nothing")
    hops = [each.name for each in scenario.hops]
    verify.unique(((name, ("hops", at, "name")) for at, name in enumerate(hops)), "hop")
    ids = ((each.id, ("expect", at, "id")) for at, each in enumerate(scenario.expect))
    verify.unique(ids, "id")
    for at, each in enumerate(scenario.expect):
        key: Key = ("expect", at)
        _check_claim(each, key, verify)
        if each.hop is not None:
            verify.known(each.hop, hops, (*key, "hop"), "hop in `hops`")


def _check_claim(claim: Expectation, key: Key, verify: Verify) -> None:
    """Check that a claim is made in exactly one way."""
    one = (claim.violations is None) != (claim.value is None)
    hint = "violations: SQL whose rows are violations; value: SQL for one value"
    verify(one, key, "an expectation has one of violations and value", hint)
    compared = [name for name in COMPARISONS if getattr(claim, name) is not None]
    if claim.violations is not None:
        said = f"violations are not compared, and here is {', '.join(compared)}"
        verify(not compared, key, said, "take it out, or ask for a `value`")
        return
    hint = f"say one of {', '.join(COMPARISONS)}"
    verify(len(compared) == 1, key, f"a value is compared once, not {len(compared)} times", hint)
    if claim.between is not None:
        low, high = claim.between
        verify(low <= high, (*key, "between"), f"nothing lies between {low} and {high}")


def _check_variants(story: Story) -> None:
    scenario, verify = story.scenario, story.verify
    ids = [each.id for each in scenario.expect]
    given = story.config.apps if scenario.given.apps is None else scenario.given.apps
    for name, variant in scenario.variants.items():
        key: Key = ("variants", name)
        verify(is_name(name), key, f"{name!r} cannot be the name of a variant", NAME_HINT)
        for at, failing in enumerate(variant.must_fail):
            verify.known(failing, ids, (*key, "must_fail", at), "expectation")
        for app in variant.apps:
            verify.known(app, given, (*key, "apps", app), "app", of="this scenario")
