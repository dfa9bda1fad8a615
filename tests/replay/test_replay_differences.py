"""Which scenarios touch a known difference of the runtimes."""

from __future__ import annotations

from pathlib import Path

from sandbox import load_config, load_scenario
from sandbox.replay.differences import touched

ROOT = Path(__file__).parents[2]


def test_scenarios_say_what_they_touch() -> None:
    """A scenario of the stream's faults touches a difference in containers, and none embedded."""
    config = load_config(ROOT / "sandbox.toml", environ={})
    faults = load_scenario(ROOT / "scenarios/faults/stream_goes_wrong.yaml", config)
    day = load_scenario(ROOT / "scenarios/pitfalls/p06_end_to_end_day.yaml", config)
    assert len(touched(faults, config, "docker")) >= 1
    assert touched(faults, config, "embedded") == ()
    assert touched(day, config, "docker") == ()


def test_an_external_stream_is_no_embedded_one() -> None:
    """Faults are refused by a stream that runs already, and not where only others do."""
    config = load_config(ROOT / "sandbox.toml", environ={})
    faults = load_scenario(ROOT / "scenarios/faults/stream_goes_wrong.yaml", config)
    on_kafka = touched(faults, config, "docker")
    assert touched(faults, config, "external", ["stream"]) == on_kafka
    assert touched(faults, config, "external", ["object_store"]) == ()
