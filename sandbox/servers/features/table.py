"""A table as the server holds it in memory: what is declared, what is there, its online index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.errors import nearest
from sandbox.servers.features import column_types
from sandbox.servers.features.refusal import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.servers.features.definitions import Column, Definition
    from sandbox.servers.features.index import TableIndex


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` is empty until rows are written; `newest` is in microseconds since 1970."""

    name: str
    definition: Definition
    columns: tuple[Column, ...]
    rows: int
    newest: int | None
    version: int
    index: TableIndex

    def feature(self, name: str) -> int:
        """Give the place of a feature in the index; raises NotFound."""
        try:
            return self.index.names.index(name)
        except ValueError:
            hint = nearest(name, self.index.names) if self.columns else "it has no rows yet"
            raise NotFound(
                f"Feature {name} does not exist in feature view {self.name}: {hint}"
            ) from None

    def column_type(self, name: str) -> str:
        """Give the DuckDB type of a column that is there."""
        return next(column.type for column in self.columns if column.name == name)

    def key_types(self, name: str) -> frozenset[type]:
        """Give the Python types that an entity column is named by, in a request."""
        return column_types.key_types(self.column_type(name))


def look_up(tables: Mapping[str, Table], name: str) -> Table:
    """Give a table; raises NotFound, naming the nearest."""
    try:
        return tables[name]
    except KeyError:
        raise NotFound(f"Feature view {name} does not exist: {nearest(name, tables)}") from None
