"""The reference product's files can be read as they lie in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import load_config, load_scenario
from sandbox.fixtures.tables import table_file, tables_of
from sandbox.scenario.load import find_scenarios

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT / "sandbox.toml", environ={})


def test_the_config_loads_and_all_that_it_seeds_is_there() -> None:
    """Each fixture table is the one of its manifest, each seed folder has files."""
    assert CONFIG.name == "flights"
    for table in CONFIG.feature_server.tables.values():
        assert all(table_file(CONFIG, reference).is_file() for reference in table.seed)
    for bucket in CONFIG.object_store.buckets.values():
        assert bucket.seed is None or any((CONFIG.folder / bucket.seed).rglob("*.onnx"))


@pytest.mark.parametrize(
    "path", find_scenarios(ROOT / "scenarios"), ids=lambda path: str(path.relative_to(ROOT))
)
def test_each_scenario_loads(path: Path) -> None:
    """Every scenario can be played, and what its fixture has is what its manifest says."""
    scenario = load_scenario(path, CONFIG)
    assert scenario.expect
    if scenario.given.fixture:
        assert tables_of(CONFIG, scenario.given.fixture)


def test_every_pitfall_has_a_broken_twin() -> None:
    """A claim that nothing ever broke proves little."""
    for path in find_scenarios(ROOT / "scenarios/pitfalls"):
        variants = load_scenario(path, CONFIG).variants.values()
        assert any(variant.must_fail for variant in variants), path
