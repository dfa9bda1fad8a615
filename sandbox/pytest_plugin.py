"""The pytest plugin: a `sandbox` fixture, and scenario files as tests.

pytest imports this in every run of every project that has the package installed, so it imports
nothing of the sandbox until a test asks for it.

A run has one sandbox (under pytest-xdist: one a worker), beside whatever else is up; it is started
when the first test needs it, and gone when the run ends. What a killed run left is cleaned up by
the next one.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sandbox.config.definition import Config
    from sandbox.results import ScenarioResult
    from sandbox.scenario.definition import Scenario
    from sandbox.session import Session

SCENARIO_SUFFIXES = (".yaml", ".yml")
CONFIG_FILE = "sandbox.toml"
SCENARIOS = "scenarios"


class Run:
    """The sandbox of one test run, or of one worker of it."""

    def __init__(self, pytest_config: pytest.Config) -> None:
        """Start nothing and read nothing."""
        self._pytest_config = pytest_config
        self._config: Config | None = None
        self._session: Session | None = None
        self._touched = False
        self._ending = ExitStack()
        # What is said of it at the end of the run: in what it ran, and whether it was kept.
        self.said: list[str] = []
        self.has_failed = False

    @property
    def file(self) -> Path:
        """The sandbox.toml that this run is about: `sandbox_file`, else the root folder's."""
        named = self._pytest_config.getini("sandbox_file") or CONFIG_FILE
        return self._pytest_config.rootpath / str(named)

    @property
    def config(self) -> Config:
        """What sandbox.toml says; raises ConfigError."""
        if self._config is None:
            from sandbox.config.load import load_config  # noqa: PLC0415 - see the module

            runtime = self._pytest_config.getoption("sandbox_runtime")
            self._config = load_config(self.file, runtime=runtime)
        return self._config

    def session(self) -> Session:
        """Give the sandbox, started and seeded."""
        if self._session is None:
            from sandbox.session.temporary import temporary  # noqa: PLC0415 - see the module

            self._check_is_alone()
            said: list[str] = []
            session = self._ending.enter_context(
                temporary(
                    self.config,
                    self._purpose(),
                    progress=said.append,
                    labels=self._labels(),
                    allow=self._allowed(),
                    keeps=self._keeps,
                )
            )
            session.up()
            self.said += said[:1]
            self._session = session
            # What runs already has been used by others, or by a run before this one.
            self._touched = self._touched or self.config.runtime == "external"
        return self._session

    def fresh(self) -> Session:
        """Give the sandbox as it was seeded, whatever the test before did to it."""
        session = self.session()
        if self._touched:
            session.reset(apps=list(session.config.apps))
        self._touched = True
        return session

    def replay(self, scenario: Scenario, variant: str | None) -> ScenarioResult:
        """Play a scenario; it resets the sandbox itself."""
        self._touched = True
        return self.session().replay(scenario, variant)

    def holds(self, path: Path) -> bool:
        """Tell whether a file is one of the sandbox's scenarios.

        Where sandbox.toml cannot be read, the files of the folder `scenarios` are: collecting them
        says what is wrong, and other tests are none the wiser.
        """
        if not self.file.is_file():
            return False
        from sandbox.errors import SandboxError  # noqa: PLC0415 - see the module

        try:
            folder = self.config.folder / self.config.scenarios
        except SandboxError:
            folder = self.file.parent / SCENARIOS
        return path.is_relative_to(folder)

    def _check_is_alone(self) -> None:
        """Refuse to share external services with other workers: each resets them for itself."""
        from sandbox.errors import UsageError  # noqa: PLC0415 - see the module

        workers = getattr(self._pytest_config, "workerinput", {}).get("workercount", 1)
        if self.config.runtime == "external" and workers > 1:
            raise UsageError(
                f"{workers} workers cannot share external services: each resets them for itself",
                hint="run these tests in one process: -n 0",
            )

    def _allowed(self) -> str | None:
        """Give the target whose data may be deleted, as the command line or the environment says."""
        said = self._pytest_config.getoption("sandbox_allow") or os.environ.get("SANDBOX_ALLOW")
        return str(said) if said else None

    def _labels(self) -> Mapping[str, str]:
        """Give the labels by which testcontainers' reaper would clean up after this process."""
        if self.config.runtime != "docker":
            return {}
        from sandbox.runtime.containers.reaper import (  # noqa: PLC0415 - see the module
            reaped_labels,
            settle_reaper,
        )

        line = settle_reaper()
        self.said += [line] if line else []
        return reaped_labels()

    def _keeps(self) -> bool:
        """Tell whether the sandbox is kept, and say how to get in."""
        if not (self.has_failed and self._pytest_config.getoption("sandbox_keep")):
            return False
        if self._session is not None:
            config = self._session.config
            chosen = f"--file {config.path} --name {config.name} --state-dir {config.state_folder}"
            self.said.append(f"kept, as a test failed; look at it: sandbox {chosen} ps")
            self.said.append(f"and end it (or the next run does): sandbox {chosen} down")
        return True

    def end(self) -> None:
        """Stop the sandbox, and remove all of it, unless it is to be kept."""
        self._ending.close()

    def _purpose(self) -> str:
        worker = getattr(self._pytest_config, "workerinput", {}).get("workerid")
        return f"test-{worker}" if worker else "test"


RUN = pytest.StashKey[Run]()
SAID = "sandbox_said"
# The runs of this process, the innermost last: a report does not say of which it is.
RUNS: list[Run] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one setting."""
    parser.addini("sandbox_file", "sandbox.toml, relative to the root folder", default=CONFIG_FILE)
    group = parser.getgroup("sandbox")
    group.addoption(
        "--sandbox-runtime",
        choices=["auto", "embedded", "docker", "external"],
        help="In what the sandbox's services run: containers, or processes; auto decides.",
    )
    group.addoption(
        "--sandbox-allow",
        metavar="TARGET",
        help="Delete and replace data of external services, whose [external] has this name.",
    )
    group.addoption(
        "--sandbox-keep",
        action="store_true",
        help="Keep the sandbox up when a test has failed, and say how to get in.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Remember the run."""
    config.stash[RUN] = Run(config)
    RUNS.append(config.stash[RUN])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note whether any test failed."""
    if report.failed and RUNS:
        RUNS[-1].has_failed = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop what the run started; a worker hands what is to be said to who can say it."""
    run = session.config.stash[RUN]
    run.end()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[SAID] = run.said


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker has to say."""
    said = getattr(node, "workeroutput", {}).get(SAID, ())
    run = node.config.stash[RUN]
    run.said += [line for line in said if line not in run.said]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in what the sandbox ran, and whether it was kept."""
    for line in terminalreporter.config.stash[RUN].said:
        terminalreporter.write_line(f"sandbox: {line}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started."""
    if RUN in config.stash:
        config.stash[RUN].end()
        RUNS.remove(config.stash[RUN])


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Session:
    """Give the run's sandbox, up and as it was seeded: services, feature tables, apps.

    `sandbox.env()` has the variables, `sandbox.produce()`, `settle()`, `sql()`, `replay()`,
    `kill()` and `start()` act on it.
    """
    return request.config.stash[RUN].fresh()


@pytest.fixture
def sandbox_network(sandbox: Session) -> Any:
    """Give the network of the run's sandbox, for containers of your own: `with_network(…)`.

    Needs `--sandbox-runtime docker`.
    """
    from sandbox.testing import SandboxNetwork  # noqa: PLC0415 - see the module

    return SandboxNetwork(sandbox.network)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the scenarios of the sandbox."""
    if file_path.suffix in SCENARIO_SUFFIXES and parent.config.stash[RUN].holds(file_path):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """A scenario file: a test for the scenario, and one for each variant."""

    def collect(self) -> Iterable[pytest.Item]:
        """Read the scenario; a wrong one is a collection error that names line and key."""
        from sandbox.errors import SandboxError  # noqa: PLC0415 - see the module
        from sandbox.scenario.load import load_scenario  # noqa: PLC0415

        try:
            scenario = load_scenario(self.path, self.config.stash[RUN].config)
        except SandboxError as error:
            raise self.CollectError(str(error)) from error
        for variant in (None, *scenario.variants):
            name = f"{scenario.name}[{variant}]" if variant else scenario.name
            yield ScenarioItem.from_parent(self, name=name, scenario=scenario, variant=variant)


class NotAsDeclaredError(Exception):
    """A scenario whose claims broke, or a variant that did not break what it says it breaks."""


class ScenarioItem(pytest.Item):
    """One scenario, or one variant of it, as a test."""

    def __init__(self, *, scenario: Scenario, variant: str | None, **rest: Any) -> None:
        """Keep what is played."""
        super().__init__(**rest)
        self._scenario = scenario
        self._variant = variant

    def runtest(self) -> None:
        """Play it; a variant passes when exactly those claims fail that it says must fail."""
        from sandbox.report.text import text  # noqa: PLC0415 - see the module

        result = self.config.stash[RUN].replay(self._scenario, self._variant)
        if result.verdict == "skipped":
            pytest.skip("; ".join(result.warnings))
        if not result.as_declared:
            raise NotAsDeclaredError(text(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the report, not where in this file it was raised."""
        if isinstance(excinfo.value, NotAsDeclaredError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the file and the scenario."""
        return self.path, 0, self.name
