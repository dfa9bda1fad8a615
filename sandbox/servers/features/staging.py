"""The staging table: uploaded rows on their way, temporary and of one cursor.

Its rows are numbered from 1 in the order of the body, so that an error can name the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.servers.features import catalog

if TYPE_CHECKING:
    from sandbox.servers.features.database import Cursor
    from sandbox.servers.features.definitions import Column

STAGING = "staging"
ROW = "row number"


def staged_columns(cursor: Cursor) -> tuple[Column, ...]:
    """Give the columns of what is staged, the row number left out."""
    columns = catalog.columns_of(cursor, f"temp.main.{STAGING}")
    return tuple(column for column in columns if column.name != ROW)
