"""A scaled-down copy of your ML production system: start it, fill it, replay what happened.

Public names are found when they are first asked for: pytest imports this package in every run of
every project that has it installed, and those must not pay for what they do not use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.config.load import load_config as load_config
    from sandbox.errors import SandboxError as SandboxError
    from sandbox.scenario.load import load_scenario as load_scenario
    from sandbox.session import Session as Session
    from sandbox.session.temporary import temporary as temporary

# Each public name, and the module that has it.
PUBLIC = {
    "SandboxError": "sandbox.errors",
    "Session": "sandbox.session",
    "load_config": "sandbox.config.load",
    "load_scenario": "sandbox.scenario.load",
    "temporary": "sandbox.session.temporary",
}


def __getattr__(name: str) -> Any:
    """Import a public name."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    return getattr(importlib.import_module(PUBLIC[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*globals(), *PUBLIC])
