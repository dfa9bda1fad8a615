"""How errors call values, and the kinds of value that a key takes."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from sandbox.document.quantities import Duration, Pace

SHOWN = 60

# One of a kind, and several of it.
KINDS: Mapping[Any, tuple[str, str]] = {
    str: ("a text", "texts"),
    bool: ("true or false", "true or false"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    Path: ("a path", "paths"),
    datetime: ("a time with its zone", "times with their zones"),
    Duration: ("a duration", "durations"),
    Pace: ("a pace", "paces"),
    Any: ("any value", "values"),
}


def described(value: object) -> str:
    """Say what a value that was written is."""
    match value:
        case None:
            words = "nothing"
        case bool():
            words = str(value).lower()
        case str():
            words = f"the text {value!r}" if len(value) <= SHOWN else f"the text {value[:SHOWN]!r}…"
        case int() | float():
            words = f"the number {value}"
        case dict():
            words = "a table"
        case list():
            words = "a list"
        case date() | time():
            words = f"the time {value}"
        case _:
            words = repr(value)
    return words


def in_words(kind: Any) -> str:
    """Say what a key of this type takes: `a list of texts`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return " or ".join(in_words(each) for each in arguments if each is not type(None))
    if origin is Literal:
        return " or ".join(map(str, arguments))
    if origin is tuple and arguments[-1] is not Ellipsis:
        return f"a list of {len(arguments)} {_several(arguments[0])}"
    if origin is tuple:
        return f"a list of {_several(arguments[0])}"
    if origin in (dict, Mapping):
        return f"a table of {_several(arguments[1])} by name"
    return KINDS[kind][0] if kind in KINDS else "a table"


def _several(kind: Any) -> str:
    if kind in KINDS:
        return KINDS[kind][1]
    if dataclasses.is_dataclass(kind) or get_origin(kind) in (dict, Mapping):
        return "tables"
    return "lists" if get_origin(kind) is tuple else "values"
