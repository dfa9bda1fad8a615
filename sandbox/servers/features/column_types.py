"""DuckDB's column types, by family: which may hold keys, and how each is read for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Family = Literal["integer", "decimal", "float", "boolean", "text", "time", "list", "other"]

SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
WITHOUT_ZONE = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE")

FAMILIES: Mapping[str, Family] = {
    **dict.fromkeys((*SIGNED, *UNSIGNED), "integer"),
    # No eight bytes hold these; JSON gets the nearest float.
    **dict.fromkeys(("HUGEINT", "UHUGEINT", "DECIMAL"), "decimal"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "float"),
    **dict.fromkeys((*WITHOUT_ZONE, WITH_ZONE), "time"),
    **dict.fromkeys(("VARCHAR", "ENUM"), "text"),
    "BOOLEAN": "boolean",
}

NUMBERS = frozenset(("integer", "decimal", "float"))

# What a person would call each family, for messages.
SPOKEN: dict[Family, str] = {
    "integer": "whole numbers",
    "decimal": "decimal numbers",
    "float": "numbers",
    "boolean": "true or false",
    "text": "text",
    "time": "timestamps",
    "list": "lists",
    "other": "values of another type",
}


def family(kind: str) -> Family:
    """Give the family of a DuckDB type."""
    if kind.endswith("]"):
        return "list"
    return FAMILIES.get(kind.partition("(")[0], "other")


def served(quoted: str, kind: str) -> str:
    """Give the SQL that reads a feature as JSON can hold it.

    As in Feast a timestamp becomes whole seconds since 1970. Decimals become floats; what JSON has
    no word for becomes text.
    """
    which = family(kind)
    if which in ("float", "decimal"):
        return f"CAST({quoted} AS DOUBLE)"
    if which == "time":
        seconds = f"epoch_us(CAST({quoted} AS TIMESTAMPTZ)) // 1000000"
        return f"CASE WHEN isfinite({quoted}) THEN {seconds} END"
    if which == "list" and family(kind[: kind.index("[")]) in ("integer", "float", "text"):
        return quoted
    if which in ("integer", "boolean") or kind == "VARCHAR":
        return quoted
    return f"CAST({quoted} AS VARCHAR)"


def key(quoted: str, kind: str) -> str:
    """Give the SQL that reads an entity column as an online request names it."""
    if family(kind) in ("integer", "boolean") or kind == "VARCHAR":
        return quoted
    return f"CAST({quoted} AS VARCHAR)"


def key_types(kind: str) -> frozenset[type]:
    """Give the Python types that a request may name an entity by; None is always allowed."""
    which = family(kind)
    wanted = int if which == "integer" else bool if which == "boolean" else str
    return frozenset((wanted, type(None)))
