"""Read a scenario's YAML: build it, and check it against the sandbox that it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.document import build
from sandbox.document.from_yaml import read_yaml
from sandbox.document.verify import Verify
from sandbox.document.words import described
from sandbox.errors import ScenarioError, Where, nearest
from sandbox.scenario.check import check
from sandbox.scenario.definition import Scenario
from sandbox.scenario.steps import STEPS, Step

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.config.definition import Config
    from sandbox.document import Document, Key

SUFFIXES = (".yaml", ".yml")
LIKE_THIS = "write it like `- kill: scorer`, and what belongs to it further in"


def find_scenarios(place: Path) -> list[Path]:
    """List the scenario files of a folder and those below it; a file gives itself.

    Raises ScenarioError where there is none: to replay nothing proves nothing.
    """
    if place.is_file():
        return [place]
    if not place.is_dir():
        hint = nearest(place.name, _beside(place))
        raise ScenarioError("there is no such file or folder", where=Where(place), hint=hint)
    found = sorted(path for path in place.rglob("*") if path.suffix in SUFFIXES)
    if not found:
        hint = f"a scenario is a file that ends in {' or '.join(SUFFIXES)}"
        raise ScenarioError("there is no scenario in this folder", where=Where(place), hint=hint)
    return found


def load_scenario(path: Path, config: Config) -> Scenario:
    """Read one scenario for a sandbox; raises ScenarioError with file, line and key.

    Its name is the file's, without the ending, unless it gives another.
    """
    document = read_yaml(path.absolute(), ScenarioError)
    scenario = build(
        Scenario,
        document,
        ScenarioError,
        given={"path": document.path} | ({} if document.has(("name",)) else {"name": path.stem}),
        readers={Step: lambda written, key: _step(document, written, key)},
    )
    check(scenario, config, document)
    return scenario


def _step(document: Document, written: Any, key: Key) -> object:
    """Build a step of its mapping of one key; a verb that needs nothing more may stand alone."""
    verify = Verify(document, ScenarioError)
    if isinstance(written, str):
        written = {written: None}
    message = "a step is a table of one key, its verb"
    verify(isinstance(written, dict), key, f"{message}, not {described(written)}", LIKE_THIS)
    verbs = f"here are {', '.join(written)}" if written else "here is nothing"
    verify(len(written) == 1, key, f"{message}; {verbs}", LIKE_THIS)
    verb, value = next(iter(written.items()))
    verify.known(verb, STEPS, (*key, verb), "step")
    kind = STEPS[verb]
    if value is None:
        value = {}
    elif kind.short and not isinstance(value, dict):
        value = {kind.short: value}
    return build(kind, document, ScenarioError, data=value, key=(*key, verb))


def _beside(place: Path) -> list[str]:
    """Name the scenarios and folders beside a place that is none."""
    if not place.parent.is_dir():
        return []
    around = place.parent.iterdir()
    return sorted(each.name for each in around if each.is_dir() or each.suffix in SUFFIXES)
