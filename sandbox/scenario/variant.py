"""A scenario as it is played: itself, or one of its variants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.errors import UsageError, nearest
from sandbox.scenario.definition import Scenario, Variant

if TYPE_CHECKING:
    from sandbox.config.definition import App, Config
    from sandbox.scenario.definition import AppChange


def find_variant(scenario: Scenario, name: str | None) -> Variant:
    """Give a variant by name; without one, the scenario itself, which changes nothing.

    Raises UsageError where there is none of that name.
    """
    if name is None:
        return Variant(claim=scenario.claim)
    if name not in scenario.variants:
        message = f"the scenario {scenario.name!r} has no variant {name!r}"
        raise UsageError(message, hint=nearest(name, scenario.variants))
    return scenario.variants[name]


def apps_of(scenario: Scenario, variant: Variant, config: Config) -> dict[str, App]:
    """Give the apps that run in the scenario, each as the variant has it."""
    names = config.apps if scenario.given.apps is None else scenario.given.apps
    return {name: _changed(config.apps[name], variant.apps.get(name)) for name in names}


def _changed(app: App, change: AppChange | None) -> App:
    if change is None:
        return app
    return replace(
        app,
        command=change.command or app.command,
        environment={**app.environment, **change.environment},
    )
