"""Every shipped scenario, and a script for each role, in both runtimes and on both object stores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from real_engine import find_engine
from roles import ROLES

from sandbox import load_config, load_scenario, temporary
from sandbox.scenario.load import find_scenarios

if TYPE_CHECKING:
    from sandbox.config.definition import Config, ObjectStoreServer
    from sandbox.session import Session

ROOT = Path(__file__).parents[2]

# What tells when and where, and not what came of it.
NOT_COMPARED = ("started_at", "duration_s", "runtime")


def outcome(found: Any) -> Any:
    """Give a result without what differs from one replay to the next."""
    if isinstance(found, dict):
        return {name: outcome(each) for name, each in found.items() if name not in NOT_COMPARED}
    return [outcome(each) for each in found] if isinstance(found, list) else found


def play(sandbox: Session) -> dict[str, Any]:
    """Play every scenario and variant, and give what came of each."""
    config = sandbox.config
    found = {}
    for path in find_scenarios(config.folder / config.scenarios):
        scenario = load_scenario(path, config)
        for variant in (None, *scenario.variants):
            result = sandbox.replay(scenario, variant)
            found[f"{scenario.name} {variant}"] = outcome(result.jsonable())
    return found


def ask_roles(sandbox: Session) -> dict[str, list[Any]]:
    """Tell each role its script, and give what it answered."""
    sandbox.reset(apps=())
    return {name: list(script(sandbox.live)) for name, script in ROLES.items()}


def run(config: Config, purpose: str) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Start a sandbox of its own, and do both."""
    with temporary(config, purpose) as sandbox:
        sandbox.up()
        return play(sandbox), ask_roles(sandbox)


@pytest.mark.parametrize("server", ["versitygw", "minio"])
def test_the_runtimes_agree(monkeypatch: pytest.MonkeyPatch, server: ObjectStoreServer) -> None:
    """What comes of a scenario, and what services answer, is the same embedded and in containers.

    But where a known difference is touched: then the report names it, and the scenario says so.
    """
    find_engine(monkeypatch)
    config = load_config(ROOT / "sandbox.toml", environ={})
    contained = replace(
        config, runtime="docker", object_store=replace(config.object_store, server=server)
    )
    embedded, answers = run(replace(config, runtime="embedded"), "parity-embedded")
    there, answers_there = run(contained, f"parity-{server}")

    assert answers_there == answers
    assert set(there) == set(embedded)
    for name, found in there.items():
        if found["warnings"]:
            assert name.startswith("stream_goes_wrong")
            assert found["verdict"] == "skipped"
        else:
            assert found == embedded[name]
