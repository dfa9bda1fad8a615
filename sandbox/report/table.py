"""Lay rows out as a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDEST = 48

# What would move the cursor or colour the terminal is shown by its code; a new line as a sign.
CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {10: "⏎"}


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, indent: str = "") -> str:
    """Give the rows under their columns, numbers to the right, long values cut."""
    names = [show(name) for name in columns]
    cells = [[show(value) for value in row] for row in rows]
    right = [_all_numbers(rows, position) for position in range(len(columns))]
    widths = [
        max(len(name), *(len(row[position]) for row in cells)) if cells else len(name)
        for position, name in enumerate(names)
    ]
    lines = [_line(names, widths, right), _line(["─" * width for width in widths], widths, right)]
    lines += [_line(row, widths, right) for row in cells]
    return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def _all_numbers(rows: Sequence[Sequence[Any]], position: int) -> bool:
    values = [row[position] for row in rows if row[position] is not None]
    return bool(values) and all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in values
    )


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    return "  ".join(
        cell.rjust(width) if to_the_right else cell.ljust(width)
        for cell, width, to_the_right in zip(cells, widths, right, strict=True)
    )


def show(value: Any, *, widest: int = WIDEST) -> str:
    """Give one value as a person reads it, on one line of at most `widest` characters."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value).translate(CONTROLS)
    return text if len(text) <= widest else text[: widest - 1] + "…"
