"""How long it takes to bring the reference product up, and back to its seed.

    python tests/benchmarks/up_and_reset.py [--runs 5] [--runtimes embedded docker]

Prints medians in seconds, the runtimes side by side. `reset` stands beside what one would do without it: down, then up.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import load_config, temporary

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox import Session

ROOT = Path(__file__).parents[2]
COMMAND = (str(Path(sys.executable).with_name("sandbox")), "--name", "benchmark")

Timings = dict[str, list[float]]


def measure(timings: Timings, name: str, act: Callable[[], object]) -> None:
    """Time one act."""
    began = time.perf_counter()
    act()
    timings[name].append(time.perf_counter() - began)


def run_command(verb: str, runtime: str) -> None:
    """Run `sandbox VERB` as a user does."""
    environment = {**os.environ, "SANDBOX_RUNTIME": runtime}
    subprocess.run([*COMMAND, verb], cwd=ROOT, check=True, capture_output=True, env=environment)


def measure_commands(timings: Timings, runtime: str) -> None:
    """Time the commands as whole processes."""
    measure(timings, "sandbox up", lambda: run_command("up", runtime))
    measure(timings, "sandbox up, when all is up", lambda: run_command("up", runtime))
    measure(timings, "sandbox reset", lambda: run_command("reset", runtime))
    measure(timings, "sandbox down", lambda: run_command("down", runtime))


def measure_parts(timings: Timings, runtime: str) -> None:
    """Time the parts, inside one process whose imports are done."""
    said: dict[str, float] = {}
    config = load_config(ROOT / "sandbox.toml", runtime=runtime, environ={})
    with temporary(
        config, "benchmark", progress=lambda line: said.setdefault(line, time.perf_counter())
    ) as sandbox:
        began = time.perf_counter()
        measure(timings, "up", sandbox.up)
        for line in sorted(said, key=said.__getitem__):
            # The first says which runtime was chosen, and why.
            if " ready" in line or line == "seeded":
                timings[f"up: {line} after"].append(said[line] - began)
        measure_resets(timings, sandbox)
        measure(timings, "down", sandbox.down)


def measure_resets(timings: Timings, sandbox: Session) -> None:
    """Time reset with apps and without."""
    every = list(sandbox.config.apps)
    measure(timings, "reset", sandbox.reset)
    measure(timings, "reset: apps stopped", lambda: [sandbox.stop(name) for name in every])
    measure(timings, "reset: services alone", lambda: sandbox.reset(apps=[]))
    measure(timings, "reset: services and apps started", lambda: sandbox.reset(apps=every))


def main() -> None:
    """Measure and print, each runtime in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--runtimes", nargs="+", default=["embedded", "docker"])
    options = parser.parse_args()
    found: dict[str, Timings] = {each: defaultdict(list) for each in options.runtimes}
    for _ in range(options.runs):
        for runtime, timings in found.items():
            measure_commands(timings, runtime)
            measure_parts(timings, runtime)
    print(f"median of {options.runs} runs, in seconds")
    print(f"  {'':42} " + " ".join(f"{runtime:>9}" for runtime in found))
    names = dict.fromkeys(name for timings in found.values() for name in timings)
    for name in [*names, INSTEAD]:
        medians = [f"{_median(timings, name):9.3f}" for timings in found.values()]
        print(f"  {name:42} " + " ".join(medians))


INSTEAD = "instead of reset: down, then up"


def _median(timings: Timings, name: str) -> float:
    if name == INSTEAD:
        return _median(timings, "down") + _median(timings, "up")
    return statistics.median(timings[name]) if timings[name] else float("nan")


if __name__ == "__main__":
    main()
