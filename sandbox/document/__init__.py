"""A file that the user wrote: its values, the line of each key, and frozen data made of them.

What reads YAML stands in from_yaml.py alone, since importing PyYAML takes time and only scenarios
need it.
"""

from __future__ import annotations

from sandbox.document.build import build
from sandbox.document.from_toml import read_toml
from sandbox.document.place import Document, Key
from sandbox.document.quantities import Duration, Pace

__all__ = ["Document", "Duration", "Key", "Pace", "build", "read_toml"]
