"""Read a YAML file of plain values, keeping the line of every key.

A scalar without quotes is a number, true, false or null where JSON writes it so, and a text
otherwise. YAML 1.1, which PyYAML follows by itself, reads more into it: `NO` (the country, the
carrier) would be false, `12:30` 750, `010` 8, and a date no text. Records are sent as they are
written here, so nothing may be read into them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from sandbox.document.place import Document, Key, dotted
from sandbox.document.text import read_text
from sandbox.document.words import described
from sandbox.errors import Where

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.errors import InvalidFileError

TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"
PLAIN_TAGS = {f"{TAG}{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map")}
Pairs = dict[str, tuple[yaml.Node, yaml.Node]]
WHOLE = r"-?(?:0|[1-9][0-9]*)"

# What PyYAML says, and what usually is the cause.
HINTS: Mapping[str, str] = {
    "mapping values are not allowed": 'put a text that holds ": " in quotes',
    "cannot start any token": "indent with spaces; quote a text that begins with a sign",
    "expected a single document": "write each scenario in a file of its own",
}


class PlainLoader(yaml.SafeLoader):
    """Resolves scalars as the docstring of this module says.

    It stands on PyYAML's parser in Python: libyaml's is faster by a millisecond a scenario, but
    says other things on other machines, and dies of deep nesting.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way to say it


for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", WHOLE, list("-0123456789")),
    ("float", rf"{WHOLE}(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
    ("merge", r"<<", ["<"]),
):
    PlainLoader.add_implicit_resolver(TAG + _tag, re.compile(rf"(?:{_pattern})\Z"), _first)


def read_yaml(path: Path, error: type[InvalidFileError]) -> Document:
    """Read a YAML file that holds one mapping; raises `error` with the line where it does not."""
    text = read_text(path, error)
    try:
        return _read(text, path, error)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise error(
            f"this is not valid YAML: {problem.problem or problem.context}",
            where=Where(path, mark.line + 1 if mark else None),
            hint=next((hint for said, hint in HINTS.items() if said in str(problem)), None),
        ) from problem
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise error(
            f"this is not valid YAML: {problem.reason}", where=Where(path, line)
        ) from problem
    except RecursionError as problem:
        raise error("its values are nested too deeply", where=Where(path)) from problem


def _read(text: str, path: Path, error: type[InvalidFileError]) -> Document:
    loader = PlainLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise error("the file is empty", where=Where(path))
        reader = _Reader(loader, path, error)
        data = reader.value(node, ())
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        line = reader.lines[()]
        message = f"a table of keys is wanted here, not {described(data)}"
        raise error(message, where=Where(path, line))
    return Document(path, data, reader.lines)


class _Reader:
    """Makes values of nodes, and notes the line of each."""

    def __init__(self, loader: Any, path: Path, error: type[InvalidFileError]) -> None:
        self.lines: dict[Key, int] = {}
        self._loader = loader
        self._path = path
        self._error = error
        self._around: list[yaml.Node] = []

    def value(self, node: yaml.Node, key: Key) -> Any:
        self.lines.setdefault(key, node.start_mark.line + 1)
        if node.tag not in PLAIN_TAGS:
            kind = node.tag.replace(TAG, "!!")
            raise self._wrong(node, key, f"values of the kind {kind} cannot be written here")
        if any(each is node for each in self._around):
            raise self._wrong(node, key, "this value contains itself")
        self._around.append(node)
        try:
            return self._made(node, key)
        finally:
            self._around.pop()

    def _made(self, node: yaml.Node, key: Key) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*key, at)) for at, each in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._table(node, key)
        try:
            return self._loader.construct_object(node)
        except ValueError as problem:
            raise self._wrong(node, key, f"{node.value!r} is not of its kind") from problem

    def _table(self, node: yaml.MappingNode, key: Key) -> dict[str, Any]:
        pairs = self._pairs(node, key)
        for name, _ in pairs.values():
            self.lines[(*key, name.value)] = name.start_mark.line + 1
        return {name: self.value(value, (*key, name)) for name, (_, value) in pairs.items()}

    def _pairs(self, node: yaml.MappingNode, key: Key) -> Pairs:
        """Give a table's names with their values, what it merges (`<<`) first."""
        own: Pairs = {}
        merged: Pairs = {}
        for name, value in node.value:
            if name.tag == MERGE:
                sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for each in sources:
                    merged = {**self._merged(each, key), **merged}
            else:
                self._check_name(name, own, key)
                own[name.value] = (name, value)
        return {**merged, **own}

    def _merged(self, node: yaml.Node, key: Key) -> Pairs:
        if not isinstance(node, yaml.MappingNode) or any(each is node for each in self._around):
            raise self._wrong(node, key, "only another table can be merged with <<")
        return self._pairs(node, key)

    def _check_name(self, name: yaml.Node, before: Pairs, key: Key) -> None:
        if not isinstance(name, yaml.ScalarNode):
            raise self._wrong(name, key, "a key is a text, not a table or a list")
        if name.value in before:
            place = (*key, name.value)
            raise self._wrong(name, place, f"the key {name.value!r} stands here twice")

    def _wrong(self, node: yaml.Node, key: Key, message: str) -> InvalidFileError:
        line = node.start_mark.line + 1
        return self._error(message, where=Where(self._path, line, dotted(key) or None))
