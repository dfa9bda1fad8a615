"""Make frozen dataclasses of a document: the classes are the format.

A field is a key of the same name (or of `metadata["key"]`); one without a default must be there.
Where a list of texts is wanted, one text is a list of one; where the field's metadata says `shell`,
it is split into words as a shell does.
"""

from __future__ import annotations

import dataclasses
import functools
import shlex
import types
from collections.abc import Callable, Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from sandbox.document.scalars import READERS, UnsuitableError, read_scalar, suits, unsuitable
from sandbox.document.words import described, in_words
from sandbox.errors import nearest

if TYPE_CHECKING:
    from sandbox.document.place import Document, Key
    from sandbox.errors import InvalidFileError

Built = TypeVar("Built")

# Makes the value that was written at a path; for types that this module cannot make itself.
Reader = Callable[[Any, "Key"], object]


def build(
    cls: type[Built],
    document: Document,
    error: type[InvalidFileError],
    *,
    data: object = None,
    key: Key = (),
    given: Mapping[str, object] | None = None,
    readers: Mapping[Any, Reader] | None = None,
) -> Built:
    """Make a `cls` of the document, or of `data`, which stands in it at `key`.

    `given` are fields that do not come from the file; `readers` make the values of types of their
    own. Raises `error` at the first value that is wrong, saying where, what, and which key was
    probably meant.
    """
    builder = _Builder(document, error, readers or {})
    written = document.data if key == () else data
    return cast("Built", builder.table(cls, written, key, given or {}))


@functools.cache
def keys_of(cls: type) -> Mapping[str, tuple[dataclasses.Field[Any], Any]]:
    """Give the field of each key of a dataclass, and the type of its values."""
    hints = get_type_hints(cls)
    fields = dataclasses.fields(cls)
    return {each.metadata.get("key", each.name): (each, hints[each.name]) for each in fields}


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Tell whether a field has no default."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


class _Builder:
    """Walks values and types side by side."""

    def __init__(
        self, document: Document, error: type[InvalidFileError], readers: Mapping[Any, Reader]
    ) -> None:
        self._document = document
        self._error = error
        self._readers = readers

    def table(self, cls: type, data: object, key: Key, given: Mapping[str, object]) -> object:
        fields = {name: each for name, each in keys_of(cls).items() if each[0].name not in given}
        written = self._as_table(data, key)
        for name in written:
            if name not in fields:
                raise self._wrong((*key, name), f"unknown key {name!r}", nearest(name, fields))
        values = dict(given)
        for name, (field, kind) in fields.items():
            if name in written:
                shell = bool(field.metadata.get("shell"))
                values[field.name] = self.value(kind, written[name], (*key, name), shell=shell)
            elif is_required(field):
                raise self._wrong(key, f"the key {name!r} is missing", f"{name}: {in_words(kind)}")
        return cls(**values)

    def value(self, kind: Any, data: object, key: Key, *, shell: bool = False) -> object:
        if kind in self._readers:
            return self._readers[kind](data, key)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self._one_of(arguments, data, key, shell=shell)
        if origin is tuple:
            return self._list(arguments, data, key, shell=shell)
        if origin in (dict, Mapping):
            written = self._as_table(data, key)
            return {name: self.value(arguments[1], written[name], (*key, name)) for name in written}
        if dataclasses.is_dataclass(kind) and kind not in READERS:
            return self.table(cast("type", kind), data, key, {})
        return self._single(kind, data, key)

    def _single(self, kind: Any, data: object, key: Key) -> object:
        try:
            return _chosen(kind, data) if get_origin(kind) is Literal else read_scalar(kind, data)
        except UnsuitableError as problem:
            raise self._wrong(key, problem.message, problem.hint) from problem

    def _one_of(self, kinds: tuple[Any, ...], data: object, key: Key, *, shell: bool) -> object:
        wanted = [each for each in kinds if each is not type(None)]
        if data is None and len(wanted) < len(kinds):
            return None
        if len(wanted) == 1:
            return self.value(wanted[0], data, key, shell=shell)
        if any(suits(each, data) for each in wanted):
            return data
        problem = unsuitable(" or ".join(map(in_words, wanted)), data)
        raise self._wrong(key, problem.message)

    def _list(self, kinds: tuple[Any, ...], data: object, key: Key, *, shell: bool) -> object:
        if kinds == (str, ...) and isinstance(data, str):
            return self._words(data, key) if shell else (data,)
        if not isinstance(data, list):
            wanted = in_words(tuple[kinds])  # type: ignore[valid-type] # put together at run time
            raise self._wrong(key, f"{wanted} is wanted here, not {described(data)}")
        many = kinds[-1] is Ellipsis
        if not many and len(kinds) != len(data):
            raise self._wrong(key, f"{len(kinds)} values are wanted here, not {len(data)}")
        each_kind = kinds[:1] * len(data) if many else kinds
        pairs = zip(each_kind, data, strict=True)
        return tuple(self.value(kind, each, (*key, at)) for at, (kind, each) in enumerate(pairs))

    def _words(self, command: str, key: Key) -> tuple[str, ...]:
        try:
            return tuple(shlex.split(command))
        except ValueError as problem:
            hint = "close every quote, or write a list of words"
            raise self._wrong(key, f"this is no command: {problem}", hint) from problem

    def _as_table(self, data: object, key: Key) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise self._wrong(key, f"a table is wanted here, not {described(data)}")
        return data

    def _wrong(self, key: Key, message: str, hint: str | None = None) -> InvalidFileError:
        return self._error(message, where=self._document.where(key), hint=hint)


def _chosen(kind: Any, data: object) -> object:
    """Give one of the values that a Literal lists."""
    allowed = get_args(kind)
    if data not in allowed:
        raise UnsuitableError(
            f"{described(data)} is not valid here", nearest(str(data), map(str, allowed))
        )
    return data
