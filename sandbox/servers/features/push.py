"""Feast's push: a data frame's columns as JSON, into the table that the push source is named for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.servers.features import json_rows
from sandbox.servers.features.refusal import BadRequest
from sandbox.servers.features.staging import staged_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.servers.features.database import Cursor
    from sandbox.servers.features.definitions import Column
    from sandbox.servers.features.table import Table


def stage_push(
    cursor: Cursor, columns: Mapping[str, list[Any]], table: Table
) -> tuple[Column, ...]:
    """Stage pushed columns; as in Feast, those that the table does not have are left out."""
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        raise BadRequest("df: its columns must have one length")
    known = {column.name for column in table.columns} or columns.keys()
    kept = [name for name in columns if name in known]
    rows = [
        dict(zip(kept, values, strict=True))
        for values in zip(*(columns[name] for name in kept), strict=True)
    ]
    json_rows.stage(cursor, rows)
    return staged_columns(cursor)
