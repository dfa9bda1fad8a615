"""A variant is the same story with something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.errors import UsageError
from sandbox.scenario.variant import apps_of, find_variant

if TYPE_CHECKING:
    from conftest import Stories


def test_without_a_name_it_is_the_scenario_itself(stories: Stories) -> None:
    """The scenario's own claim holds, nothing must fail, and the apps are sandbox.toml's."""
    story = stories.load()
    variant = find_variant(story, None)
    assert (variant.claim, variant.must_fail) == (story.claim, ())
    assert apps_of(story, variant, stories.config) == stories.config.apps


def test_a_variant_changes_its_apps_and_no_others(stories: Stories) -> None:
    """A new command replaces the old; environments are merged, the variant's on top."""
    story = stories.load()
    apps = apps_of(story, find_variant(story, "short_key"), stories.config)
    assert apps["scorer"].command == ("python", "-m", "short key")
    assert apps["scorer"].environment == {"MODEL_VERSION": "1", "MODE": "broken"}
    assert apps["archiver"] == stories.config.apps["archiver"]


def test_only_the_apps_that_are_given_run(stories: Stories) -> None:
    """A scenario may do with fewer apps, in the order that it names."""
    stories.change("apps: [scorer, archiver]", "apps: scorer")
    story = stories.load()
    assert list(apps_of(story, find_variant(story, None), stories.config)) == ["scorer"]


def test_all_apps_run_unless_some_are_given(stories: Stories) -> None:
    """Who says nothing of apps gets all of them."""
    stories.change("  apps: [scorer, archiver]\n", "")
    story = stories.load()
    apps = apps_of(story, find_variant(story, "control"), stories.config)
    assert apps == stories.config.apps


def test_an_unknown_variant_names_the_nearest(stories: Stories) -> None:
    """A typo on the command line is answered with the variant that was meant."""
    with pytest.raises(UsageError) as caught:
        find_variant(stories.load(), "short_keys")
    assert caught.value.message == "the scenario 'a_day' has no variant 'short_keys'"
    assert caught.value.hint == "did you mean 'short_key'?"
