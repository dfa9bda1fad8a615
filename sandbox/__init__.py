"""A scaled-down copy of an ML production system, on a laptop."""

__version__ = "0.1.0"
