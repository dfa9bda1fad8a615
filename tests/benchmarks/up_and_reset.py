"""How long it takes to bring the reference product up, and back to its seed.

    python tests/benchmarks/up_and_reset.py [--runs 5]

Prints medians in seconds. `reset` stands beside what one would do without it: down, then up.
"""

from __future__ import annotations

import argparse
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


def run_command(verb: str) -> None:
    """Run `sandbox VERB` as a user does."""
    subprocess.run([*COMMAND, verb], cwd=ROOT, check=True, capture_output=True)


def measure_commands(timings: Timings, runs: int) -> None:
    """Time the commands as whole processes."""
    for _ in range(runs):
        measure(timings, "sandbox up", lambda: run_command("up"))
        measure(timings, "sandbox up, when all is up", lambda: run_command("up"))
        measure(timings, "sandbox reset", lambda: run_command("reset"))
        measure(timings, "sandbox down", lambda: run_command("down"))


def measure_parts(timings: Timings, runs: int) -> None:
    """Time the parts, inside one process whose imports are done."""
    said: dict[str, float] = {}
    config = load_config(ROOT / "sandbox.toml", environ={})
    with temporary(
        config, "benchmark", progress=lambda line: said.setdefault(line, time.perf_counter())
    ) as sandbox:
        for _ in range(runs):
            said.clear()
            began = time.perf_counter()
            measure(timings, "up", sandbox.up)
            for line in sorted(said, key=said.__getitem__):
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
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    timings: Timings = defaultdict(list)
    measure_commands(timings, runs)
    measure_parts(timings, runs)
    print(f"median of {runs} runs, in seconds")
    for name, taken in timings.items():
        print(f"  {name:42} {statistics.median(taken):6.3f}")
    instead = statistics.median(timings["down"]) + statistics.median(timings["up"])
    print(f"  {'instead of reset: down, then up':42} {instead:6.3f}")


if __name__ == "__main__":
    main()
