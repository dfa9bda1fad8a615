"""A file that is wrong stops every command before it does anything: exit code 4, and the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cli_project import TINY, refuses

if TYPE_CHECKING:
    from pathlib import Path

    from cli_project import Project

SCENARIO = """\
claim: three orders arrive
steps:
  - produce:
      topic: orders
      records: [{value: 1}, {value: 2}, {value: 3}]
expect:
  - id: all_there
    claim: there are three
    value: SELECT count(*) FROM stream.orders
    equals: 3
"""

WRONG_CONFIGS = {
    "no TOML": ("name = \n", "sandbox.toml:1: this is not valid TOML", None),
    "unknown key": (
        TINY + "[stream.topics.orders2]\npartition = 2\n",
        "sandbox.toml:8:stream.topics.orders2.partition: unknown key 'partition'",
        "did you mean 'partitions'?",
    ),
    "unknown table": (
        "[strem]\n",
        "sandbox.toml:1:strem: unknown key 'strem'",
        "did you mean 'stream'?",
    ),
    "wrong type": (
        '[stream]\nport = "9092"\n',
        "sandbox.toml:2:stream.port: a whole number is wanted here",
        None,
    ),
    "no such port": ("[stream]\nport = 70000\n", "sandbox.toml:2:stream.port: 70000", None),
    "unknown fixture": (
        '[feature_server.tables.t]\nentity = "a"\nevent_timestamp = "b"\nseed = "nope/t"\n',
        "sandbox.toml:4:feature_server.tables.t.seed[0]: ",
        None,
    ),
    "no command": ("[apps.web]\n", "sandbox.toml:1:apps.web: the key 'command' is missing", None),
    "name": ('name = "a/b"\n', "sandbox.toml:1:name: 'a/b' cannot be the name", None),
    "waits for nobody": (
        '[apps.web]\ncommand = "true"\nafter = "streem"\n',
        "sandbox.toml:3:apps.web.after[0]: there is no service or app 'streem'",
        "did you mean 'stream'?",
    ),
    "no such folder": (
        '[object_store.buckets.models]\nseed = "gone"\n',
        "sandbox.toml:2:object_store.buckets.models.seed: there is no folder",
        None,
    ),
}


@pytest.mark.parametrize("wrong", WRONG_CONFIGS)
def test_a_wrong_config_names_its_place(project: Project, wrong: str) -> None:
    """What is wrong in sandbox.toml is told with file, line and key, and nothing is started."""
    toml, words, hint = WRONG_CONFIGS[wrong]
    project.write(toml)
    refuses(project.run("up"), 4, str(project.folder / "sandbox.toml"), words, hint=hint)
    assert not project.state.exists()


def test_no_config(project: Project, tmp_path: Path) -> None:
    """Without a sandbox.toml here or above, it says so and how to name one."""
    (project.folder / "sandbox.toml").unlink()
    refuses(project.run("up"), 4, "there is no sandbox.toml here or above", hint="go to a folder")


def test_a_named_config_that_is_missing(project: Project) -> None:
    """`--file` and SANDBOX_FILE that name nothing are told, with the nearest file there."""
    named = {"SANDBOX_FILE": "sandbax.toml"}
    for done in (
        project.run("--file", "sandbax.toml", "up"),
        project.run("up", environment=named),
    ):
        refuses(done, 4, "sandbax.toml: there is no such file", hint="did you mean 'sandbox.toml'?")


def test_a_dotenv_that_is_wrong(project: Project) -> None:
    """A .env that names no possible sandbox is a wrong file, too."""
    project.write("SANDBOX_NAME=a b\n", ".env")
    refuses(project.run("up"), 4, "'a b' (SANDBOX_NAME in ", ".env) cannot be the name")


WRONG_SCENARIOS = {
    "no YAML": ("claim: [\n", "story.yaml:2: "),
    "nothing": ("", "story.yaml: the file is empty"),
    "unknown key": (SCENARIO.replace("expect:", "expct:"), "story.yaml:6:expct: unknown key"),
    "unknown topic": (
        SCENARIO.replace("topic: orders", "topic: order"),
        "story.yaml:4:steps[0].produce.topic: there is no declared topic 'order'",
    ),
    "unknown step": (
        SCENARIO.replace("- produce:", "- prodce:"),
        "story.yaml:3:steps[0].prodce: there is no step 'prodce'",
    ),
    "unknown fixture": (
        SCENARIO.replace("steps:", "given: {fixture: nope}\nsteps:"),
        "story.yaml:2:given.fixture: ",
    ),
    "a key twice": (SCENARIO + "claim: again\n", "story.yaml:11:claim: "),
}


@pytest.mark.parametrize("wrong", WRONG_SCENARIOS)
def test_a_wrong_scenario_names_its_place(project: Project, wrong: str) -> None:
    """What is wrong in a scenario is told with file, line and key, before anything is played."""
    yaml, words = WRONG_SCENARIOS[wrong]
    project.write(SCENARIO, "scenarios/good.yaml")
    project.write(yaml, "scenarios/story.yaml")
    refuses(project.run("replay"), 4, str(project.folder / "scenarios"), words)
    assert not project.state.exists()


def test_a_scenario_that_is_missing(project: Project) -> None:
    """A path that is no scenario names the nearest one; a folder without any says so."""
    project.write(SCENARIO, "scenarios/story.yaml")
    project.write("", "empty/readme.txt")
    done = project.run("replay", "scenarios/storey.yaml")
    refuses(done, 4, "storey.yaml: there is no such file", hint="did you mean 'story.yaml'?")
    refuses(project.run("replay", "empty"), 4, "there is no scenario in this folder")
    (project.folder / "scenarios/story.yaml").unlink()
    (project.folder / "scenarios").rmdir()
    refuses(project.run("replay"), 4, "scenarios: there is no such file or folder")
