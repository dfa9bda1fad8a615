"""The pytest plugin: a `sandbox` fixture, and scenario files as tests.

pytest imports this in every run of every project that has the package installed, so it imports
nothing of the sandbox until a test asks for it.

A run has one sandbox (under pytest-xdist: one a worker), beside whatever else is up; it is started
when the first test needs it, and gone when the run ends. What a killed run left is cleaned up by
the next one.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable
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

            self._config = load_config(self.file)
        return self._config

    def session(self) -> Session:
        """Give the sandbox, started and seeded."""
        if self._session is None:
            from sandbox.session.temporary import temporary  # noqa: PLC0415 - see the module

            session = self._ending.enter_context(temporary(self.config, self._purpose()))
            session.up()
            self._session = session
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

    def end(self) -> None:
        """Stop the sandbox, and remove all of it."""
        self._ending.close()

    def _purpose(self) -> str:
        worker = getattr(self._pytest_config, "workerinput", {}).get("workerid")
        return f"test-{worker}" if worker else "test"


RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one setting."""
    parser.addini("sandbox_file", "sandbox.toml, relative to the root folder", default=CONFIG_FILE)


def pytest_configure(config: pytest.Config) -> None:
    """Remember the run."""
    config.stash[RUN] = Run(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started."""
    if RUN in config.stash:
        config.stash[RUN].end()


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Session:
    """Give the run's sandbox, up and as it was seeded: services, feature tables, apps.

    `sandbox.env()` has the variables, `sandbox.produce()`, `settle()`, `sql()`, `replay()`,
    `kill()` and `start()` act on it.
    """
    return request.config.stash[RUN].fresh()


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
