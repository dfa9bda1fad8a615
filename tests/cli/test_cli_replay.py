"""`sandbox replay`: what is played, what is shown, and how it ends."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from cli_project import Project, refuses

from sandbox.clock import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

# One app says its mood; the other should drain the orders, and does not.
CONFIG = """\
[stream.topics.orders]

[apps.talker]
command = "sh -c 'echo mood $MOOD; exec sleep 1000'"
ready = { log = "^mood" }
environment = { MOOD = "good" }

[apps.sleeper]
command = "sleep 1000"
consumes = { orders = "billing" }
"""

STORY = """\
claim: all orders arrive, and nobody is in a bad mood
given: {apps: [talker]}
steps:
  - produce:
      topic: orders
      records: [{value: {id: 1}}, {value: {id: 2}}, {value: {id: 3}}]
hops:
  - {name: orders, count: SELECT count(*) FROM stream.orders}
expect:
  - id: all_there
    claim: three orders arrive
    value: SELECT count(*) FROM stream.orders
    equals: 3
  - id: good_mood
    claim: nobody says that the mood is bad
    violations: SELECT line, text FROM apps.talker WHERE text LIKE '%bad%'
variants:
  grumpy:
    claim: a bad mood is heard
    must_fail: good_mood
    apps: {talker: {environment: {MOOD: bad}}}
  idle:
    claim: a mood that stays good is no twin
    must_fail: good_mood
"""

STORIES = {
    "good": STORY.partition("  idle:")[0],
    "loud": STORY,
    "failing": STORY.replace("equals: 3", "equals: 4"),
    "wrong_sql": STORY.replace("count(*) FROM stream.orders\n    equals", "x FROM y\n    equals"),
    "stuck": STORY.replace("[talker]}", "[talker, sleeper]}\nsettle_within: 500ms"),
    "long": STORY.replace("[talker]}", "[talker, sleeper]}\nsettle_within: 60s"),
    "dead_app": STORY.replace("steps:", "steps:\n  - kill: talker\n  - restart: talker"),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Give a sandbox that is up, and stories for it."""
    made = Project(tmp_path_factory.mktemp("stage"))
    made.write(CONFIG)
    for name, story in STORIES.items():
        made.write(story, f"stories/{name}.yaml")
    made.write(STORIES["good"], "scenarios/good.yaml")
    made.ok("up")
    yield made
    made.end()


def played(stage: Project, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """Replay and give the results as programs read them."""
    done = stage.run("replay", *arguments, "--format", "json")
    assert done.returncode == code, done.stdout + done.stderr
    return list(json.loads(done.stdout))


def test_all_held(stage: Project) -> None:
    """Without a path all of the sandbox's scenarios are played: the story on stdout, 0."""
    done = stage.run("replay")
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if line] == ["· reset", "· produce"]
    said = done.stdout.splitlines()
    assert said[0] == "good: all orders arrive, and nobody is in a bad mood"
    assert "  hops       orders 3" in said
    assert "  ✓ all_there: three orders arrive" in said
    assert any(line.startswith("PASSED  good: 2 of 2 claims held") for line in said)
    assert stage.ok("sql", "SELECT count(*) AS n FROM stream.orders").split()[-1] == "3"


def test_an_expectation_that_fails(stage: Project) -> None:
    """What was seen and what was expected is shown, and it ends with 1."""
    done = stage.run("replay", "stories/failing.yaml")
    assert done.returncode == 1
    assert "  ✗ all_there: three orders arrive\n      seen 3, expected equals 4\n" in done.stdout
    assert "FAILED  failing: 1 of 2 claims held" in done.stdout


def test_a_query_that_cannot_run(stage: Project) -> None:
    """A claim that cannot be judged is no pass: the scenario is invalid, 4."""
    done = stage.run("replay", "stories/wrong_sql.yaml")
    assert done.returncode == 4
    assert "ERROR  wrong_sql" in done.stdout
    assert "there is no table 'y'" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_what_never_settles(stage: Project) -> None:
    """The hop that stands still is named, with how many wait there; 5."""
    done = stage.run("replay", "stories/stuck.yaml")
    assert done.returncode == 5
    assert "not settled within 0.5 s: orders → billing: 3 records behind" in done.stdout
    assert "ERROR  stuck" in done.stdout


def test_a_variant(stage: Project) -> None:
    """A variant is judged like any scenario: it breaks the claim, so it ends with 1."""
    done = stage.run("replay", "--variant", "grumpy")
    assert done.returncode == 1
    assert "  ✗ good_mood: nobody says that the mood is bad\n      1 violation:\n" in done.stdout
    assert "mood bad" in done.stdout
    assert "FAILED  good (grumpy)" in done.stdout


def test_an_unknown_variant(stage: Project) -> None:
    """A typo names the nearest variant, and nothing is played."""
    done = stage.run("replay", "--variant", "grumpi")
    refuses(done, 2, "'good' has no variant 'grumpi'", hint="did you mean 'grumpy'?")
    assert "reset" not in done.stderr


def test_twins(stage: Project) -> None:
    """With --twins, a twin must fail as it says: then all is well."""
    results = played(stage, "--twins")
    assert [(each["variant"], each["verdict"]) for each in results] == [
        (None, "passed"),
        ("grumpy", "failed"),
    ]
    assert all(each["as_declared"] for each in results)


def test_a_twin_that_does_not_fail(stage: Project) -> None:
    """A twin that holds although it says that it fails proves nothing: 1."""
    results = played(stage, "stories/loud.yaml", "--twins", code=1)
    assert [each["as_declared"] for each in results] == [True, True, False]


def test_the_worst_counts(stage: Project) -> None:
    """Several scenarios are all played, and the highest exit code is the run's."""
    done = stage.run("replay", "stories/failing.yaml", "stories/stuck.yaml", "scenarios")
    assert done.returncode == 5
    verdicts = [line.split()[0] for line in done.stdout.splitlines() if line[:4].isupper()]
    assert verdicts == ["FAILED", "ERROR", "PASSED"]


def test_for_programs(stage: Project) -> None:
    """JSON has every claim with what broke it, each step, and each hop."""
    (result,) = played(stage, "--variant", "grumpy", code=1)
    assert result["scenario"] == "good"
    assert result["hops"] == [{"name": "orders", "count": 3}]
    assert [each["step"] for each in result["steps"]] == ["produce"]
    held = {each["id"]: each for each in result["expectations"]}
    assert held["all_there"]["held"]
    assert held["good_mood"]["rows"] == [{"line": 1, "text": "mood bad"}]


def test_junit(stage: Project) -> None:
    """`--junit` writes the file, folders and all, beside what is shown."""
    done = stage.run("replay", "stories/failing.yaml", "--junit", "reports/here/junit.xml")
    assert done.returncode == 1
    assert "FAILED" in done.stdout
    suite = ET.parse(stage.folder / "reports/here/junit.xml").getroot()[0]  # noqa: S314 - ours
    assert suite.get("name") == "failing"
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["all_there"]


@pytest.mark.parametrize("place", ["stories", "scenarios/good.yaml/junit.xml"])
def test_junit_that_cannot_be_written(stage: Project, place: str) -> None:
    """A place where no file can be is told before anything is played."""
    done = stage.run("replay", "--junit", place)
    refuses(done, 2, "--junit")
    assert "reset" not in done.stderr


def test_ctrl_c(stage: Project) -> None:
    """Ctrl-C ends a replay with 130; the sandbox stays up, and the next replay is as ever."""
    before = stage.pids()
    begun = stage.begin("replay", "stories/long.yaml")
    wait_until(
        lambda: "produce" in stage.err.read_text(), within=20, waiting_for="the story to begin"
    )
    begun.send_signal(signal.SIGINT)
    assert begun.wait(15) == 130
    assert "Traceback" not in stage.err.read_text()
    after = stage.pids()
    assert {name for name in before if after[name] != before[name]} <= {"talker", "sleeper"}
    stage.ok("replay")


def test_while_an_app_is_killed(stage: Project) -> None:
    """What a scenario kills and starts again is as it was, and the story goes on."""
    (result,) = played(stage, "stories/dead_app.yaml")
    assert [each["step"] for each in result["steps"]] == ["kill", "restart", "produce"]
