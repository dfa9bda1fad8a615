"""A scenario's YAML becomes frozen data, step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.document import Pace
from sandbox.errors import ScenarioError
from sandbox.scenario import steps
from sandbox.scenario.load import find_scenarios, load_scenario
from sandbox.scenario.steps import STEPS, Record

if TYPE_CHECKING:
    from conftest import Stories


def test_everything_that_is_written_is_in_the_scenario(stories: Stories) -> None:
    """Each part of the file is found again, in its type."""
    story = stories.load()
    assert (story.name, story.path) == ("a_day", stories.file)
    assert story.given.clock == datetime(2013, 6, 8, 4, tzinfo=UTC)
    assert story.given.apps == ("scorer", "archiver")
    assert story.expect[1].between == (1, 5)
    assert story.expect[2].equals == 0
    assert story.variants["short_key"].must_fail == ("scored_once",)
    assert story.hops[0].name == "departures"
    assert story.settle_within == 20


def test_every_step_is_built_of_what_is_written(stories: Stories) -> None:
    """Whole steps, short ones and bare verbs become the step that their verb names."""
    built = stories.load().steps
    assert built[0] == steps.Produce(
        topic="departures",
        source="departures",
        where="origin = 'JFK'",
        order_by="scheduled_at",
        key=("carrier", "flight"),
        timestamp="scheduled_at",
        pace=Pace(speed=3600),
        tick=steps.Duration(3600),
    )
    produce = built[2]
    assert isinstance(produce, steps.Produce)
    assert produce.records == (
        Record(key="a", value={"carrier": "NO", "at": "12:30"}, headers={"trace": "1"}),
        Record(text="not JSON"),
        Record(value=None),
    )
    assert produce.pace == Pace(per_second=200)
    assert built[3:] == (
        steps.PutObject(bucket="archive", key="a/b", file=Path("bodies/a.json")),
        steps.PutObject(bucket="archive", key="a/c", text="hello"),
        steps.CallModel(model="delay", version="1", inputs={"x": [[1.5, 2]]}),
        steps.RunSql(query="SELECT 1"),
        steps.RunSql(query="SELECT 2", name="two"),
        steps.Stop(name="archiver"),
        steps.Start(name="archiver"),
        steps.Kill(name="model_server"),
        steps.Restart(name="scorer", signal="KILL"),
        steps.SetClock(now="newest"),
        steps.SetClock(now="2013-06-08T14:00:00Z"),
        steps.Settle(within=steps.Duration(5)),
        steps.Settle(),
        steps.FailRequests(api="Produce", error="NOT_LEADER_OR_FOLLOWER", chance=0.5, rng_seed=3),
        steps.FailRequests(action="delay", seconds=steps.Duration(0.25), times=None),
        steps.Outage(lasting=steps.Duration(2)),
        steps.Rebalance(group="scorer"),
        steps.ExpireSessions(group="scorer", member="first"),
        steps.LiftFaults(),
    )


def test_the_story_uses_every_step_that_there_is(stories: Stories) -> None:
    """A new verb must be tried here too."""
    assert {type(step) for step in stories.load().steps} == set(STEPS.values())


def test_a_scenario_may_name_itself(stories: Stories) -> None:
    """The name in the file wins over the file's own."""
    stories.file.write_text(f"name: another\n{stories.file.read_text()}")
    assert stories.load().name == "another"


def test_scenarios_are_found_in_a_folder_and_below_it(stories: Stories) -> None:
    """Files of both endings are found, in order; other files are not scenarios."""
    (stories.folder / "pitfalls").mkdir()
    for name in ("pitfalls/p01.yml", "pitfalls/notes.md", "b.yaml"):
        (stories.folder / name).touch()
    found = find_scenarios(stories.folder)
    names = [str(path.relative_to(stories.folder)) for path in found]
    assert names == ["a_day.yaml", "b.yaml", "pitfalls/p01.yml"]
    assert find_scenarios(stories.file) == [stories.file]


def test_a_place_without_scenarios_is_an_error(stories: Stories) -> None:
    """Replaying nothing must not look like success."""
    with pytest.raises(ScenarioError, match="there is no scenario in this folder"):
        find_scenarios(stories.folder / "bodies")


@pytest.mark.parametrize(
    ("name", "hint"), [("a_dya.yaml", "did you mean 'a_day.yaml'?"), ("bodis", "mean 'bodies'?")]
)
def test_a_place_that_is_not_there_names_the_nearest(
    stories: Stories, name: str, hint: str
) -> None:
    """A typo in a path is answered with the file or folder beside it."""
    with pytest.raises(ScenarioError) as caught:
        find_scenarios(stories.folder / name)
    assert caught.value.message == "there is no such file or folder"
    assert hint in (caught.value.hint or "")


def test_a_scenario_that_is_not_there_is_named(stories: Stories) -> None:
    """Loading a missing file says so."""
    with pytest.raises(ScenarioError, match="there is no such file"):
        load_scenario(stories.folder / "a_dya.yaml", stories.config)


def test_an_empty_scenario_says_so(stories: Stories) -> None:
    """A file without content is no story."""
    stories.file.write_text("")
    with pytest.raises(ScenarioError, match="the file is empty"):
        stories.load()
