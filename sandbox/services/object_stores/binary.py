"""Find a server that the user installed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from sandbox.errors import ConfigError, Where

if TYPE_CHECKING:
    from sandbox.config.definition import Config


def find_binary(config: Config, name: str) -> str:
    """Give the path of a program; raises ConfigError where the PATH has none of that name."""
    found = shutil.which(name)
    if found is None:
        raise ConfigError(
            f"there is no {name} on the PATH",
            where=Where(config.path, key="object_store.server"),
            hint="install it, or leave the key out; in containers it needs no installing",
        )
    return found
