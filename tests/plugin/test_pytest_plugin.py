"""The pytest plugin, as other projects meet it: each test runs a pytest of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import sandbox

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
name = "shop"

[stream.topics.orders]

[object_store.buckets.archive]
"""

SCENARIO = """
claim: every order is kept
steps:
  - produce:
      topic: orders
      records: [{ value: { id: 1 } }, { value: { id: 2 } }]
expect:
  - id: two_orders
    claim: both orders are there
    value: SELECT count(*) FROM stream.orders
    equals: WANTED
"""

TESTS = """
import os

def test_writes(sandbox):
    sandbox.produce("orders", [{"id": 1}])
    assert sandbox.sql("SELECT count(*) FROM stream.orders").rows == ((1,),)
    assert sandbox.env()["KAFKA_BOOTSTRAP_SERVERS"].startswith("127.0.0.1:")

def test_finds_it_as_seeded(sandbox):
    assert sandbox.sql("SELECT count(*) FROM stream.orders").rows == ((0,),)
"""


def make_project(folder: Path, wanted: int = 2) -> None:
    """Write a small sandbox with a scenario and two tests."""
    (folder / "sandbox.toml").write_text(CONFIG)
    (folder / "scenarios").mkdir()
    (folder / "scenarios/orders.yaml").write_text(SCENARIO.replace("WANTED", str(wanted)))
    (folder / "test_shop.py").write_text(TESTS)


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, as its user would."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def outcome(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """Read pytest's closing line: how many passed, failed and so on."""
    last = done.stdout.strip().splitlines()[-1]
    return {word: int(count) for count, word in re.findall(r"(\d+) ([a-z]+)", last)}


def test_offers_a_fixture_and_plays_scenarios(tmp_path: Path) -> None:
    """Each test meets the sandbox as seeded, a scenario is a test, and nothing is left behind."""
    make_project(tmp_path)

    done = run_pytest(tmp_path, "-v")

    assert done.returncode == 0, done.stdout
    assert "scenarios/orders.yaml::orders PASSED" in done.stdout
    assert outcome(done)["passed"] == 3
    left = [each.name for each in (tmp_path / ".sandbox").rglob("*")]
    assert sorted(left) == [".gitignore", ".temporary"]


def test_a_sandbox_for_each_worker(tmp_path: Path) -> None:
    """Under pytest-xdist the same tests pass, side by side."""
    make_project(tmp_path)

    done = run_pytest(tmp_path, "-n", "2")

    assert done.returncode == 0, done.stdout
    assert outcome(done)["passed"] == 3


def test_a_broken_claim_is_shown_as_the_report_shows_it(tmp_path: Path) -> None:
    """A scenario that fails shows the claim and what was seen, and no traceback of ours."""
    make_project(tmp_path, wanted=3)

    done = run_pytest(tmp_path, "scenarios")

    assert done.returncode == 1
    assert "✗ two_orders: both orders are there" in done.stdout
    assert "seen 2, expected equals 3" in done.stdout
    assert "pytest_plugin.py" not in done.stdout


def test_a_wrong_scenario_names_line_and_key(tmp_path: Path) -> None:
    """A scenario that cannot be read is an error of collecting, with the nearest valid key."""
    make_project(tmp_path)
    wrong = SCENARIO.replace("topic:", "topick:").replace("WANTED", "2")
    (tmp_path / "scenarios/orders.yaml").write_text(wrong)

    done = run_pytest(tmp_path)

    assert done.returncode == 2
    assert "orders.yaml:5:steps[0].produce.topick" in done.stdout
    assert "did you mean 'topic'?" in done.stdout


def test_an_environment_that_will_not_start_says_why(tmp_path: Path) -> None:
    """An app that dies at the start fails the tests with its last words, and leaves nothing."""
    make_project(tmp_path)
    app = '\n[apps.broken]\ncommand = ["{python}", "-c", "raise SystemExit(\'no such feature\')"]\n'
    (tmp_path / "sandbox.toml").write_text(CONFIG + app + 'ready = { log = "^ready" }\n')

    done = run_pytest(tmp_path, "test_shop.py")

    assert outcome(done)["errors"] == 2
    assert "no such feature" in done.stdout


def test_a_foreign_project_pays_next_to_nothing(tmp_path: Path) -> None:
    """Where there is no sandbox, YAML files are let be and nothing heavy is imported."""
    (tmp_path / "data.yaml").write_text("a: [1")
    (tmp_path / "test_foreign.py").write_text(
        "import sys\n"
        "def test_lean():\n"
        "    ours = {each for each in sys.modules if each.split('.')[0] == 'sandbox'}\n"
        "    assert ours == {'sandbox', 'sandbox.pytest_plugin'}\n"
        "    assert not {'kafka', 'duckdb', 'minio', 'numpy', 'click'} & set(sys.modules)\n"
    )

    done = run_pytest(tmp_path)

    assert done.returncode == 0, done.stdout
    assert outcome(done) == {"passed": 1}


def test_a_file_of_another_tool_breaks_nothing(tmp_path: Path) -> None:
    """A sandbox.toml that is not ours, or wrong, says so for its scenarios and for nothing else."""
    (tmp_path / "sandbox.toml").write_text("[boxes]\nsand = true\n")
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/app.yaml").write_text("a: 1")
    (tmp_path / "test_other.py").write_text("def test_other(): pass\n")

    assert outcome(run_pytest(tmp_path)) == {"passed": 1}

    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/orders.yaml").write_text(SCENARIO)
    done = run_pytest(tmp_path)
    assert done.returncode == 2
    assert "sandbox.toml:1:boxes" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("name", sorted(sandbox.PUBLIC))
def test_public_names_are_there(name: str) -> None:
    """Every public name is listed, and can be had."""
    assert name in dir(sandbox)
    assert getattr(sandbox, name).__name__ == name


def test_services_that_run_already(tmp_path: Path) -> None:
    """Against those, tests run one by one, run after run, and only if the target is allowed."""
    (tmp_path / "staging").mkdir()
    (tmp_path / "staging/sandbox.toml").write_text('name = "staging"\n')
    config = sandbox.load_config(tmp_path / "staging/sandbox.toml", environ={})
    with sandbox.temporary(config, "plugin") as staging:
        staging.up()
        (tmp_path / "shop").mkdir()
        make_project(tmp_path / "shop")
        with (tmp_path / "shop/sandbox.toml").open("a") as file:
            address = staging.env()["KAFKA_BOOTSTRAP_SERVERS"]
            file.write(f'[external]\nname = "staging"\nstream = "{address}"\n')

        def run(*more: str) -> subprocess.CompletedProcess[str]:
            return run_pytest(tmp_path / "shop", "--sandbox-runtime", "external", *more)

        for _ in range(2):
            assert outcome(run("--sandbox-allow", "staging"))["passed"] == 3
        assert "if that is meant: --allow staging" in run().stdout
        alone = run("--sandbox-allow", "staging", "-n", "2")
        assert "2 workers cannot share external services" in alone.stdout
