"""List the keys that a file may have, as its dataclasses say: for a reference that cannot drift."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from sandbox.document.build import is_required, keys_of
from sandbox.document.scalars import READERS
from sandbox.document.words import in_words


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A key: its path (`stream.topics.<name>.partitions`), what it takes, and its default."""

    key: str
    takes: str
    required: bool
    default: Any


def describe(cls: type, around: str = "") -> Iterator[KeyDescription]:
    """List every key below `cls`, tables before what is in them.

    `<name>` stands for a name that the user chooses, `[]` for each of a list.
    """
    for name, (field, kind) in keys_of(cls).items():
        key = f"{around}{name}"
        yield KeyDescription(key, in_words(kind), is_required(field), _default(field))
        for suffix, inner in _tables_in(kind):
            yield from describe(inner, f"{key}{suffix}.")


def _default(field: dataclasses.Field[Any]) -> Any:
    if is_required(field):
        return None
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _tables_in(kind: Any) -> Iterator[tuple[str, type]]:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type) and kind not in READERS:
        yield "", kind
    origin, arguments = get_origin(kind), get_args(kind)
    suffix = {dict: ".<name>", Mapping: ".<name>", tuple: "[]"}.get(origin, "")
    for each in arguments:
        for deeper, table in _tables_in(each):
            yield f"{suffix}{deeper}", table
