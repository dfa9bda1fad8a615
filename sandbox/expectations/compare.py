"""Compare the value that a claim is about with what the scenario expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.scenario.definition import Expectation

# How a value is compared, by the key that the scenario writes. NULL satisfies none of them.
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda seen, wanted: bool(seen == wanted),
    "below": lambda seen, wanted: bool(seen < wanted),
    "above": lambda seen, wanted: bool(seen > wanted),
    "between": lambda seen, wanted: bool(wanted[0] <= seen <= wanted[1]),
}


def comparison(expectation: Expectation) -> tuple[str, Any]:
    """Give the comparison that an expectation makes, and with what."""
    for name in COMPARISONS:
        wanted = getattr(expectation, name)
        if wanted is not None:
            return name, wanted
    raise UsageError(f"expectation {expectation.id!r} compares its value with nothing")


def holds(expectation: Expectation, seen: Any) -> bool:
    """Tell whether the value is what the expectation says.

    Raises UsageError where it is of another kind: a text never equals a number.
    """
    name, wanted = comparison(expectation)
    if seen is None:
        return False
    sample = wanted[0] if name == "between" else wanted
    if _kind(seen) != _kind(sample):
        raise UsageError(
            f"the value is {_kind(seen)}, {seen!r}, and is compared with {_kind(sample)}, {sample!r}",
            hint="let the query CAST it, or compare it with what it is",
        )
    return COMPARISONS[name](seen, wanted)


def expected(expectation: Expectation) -> str:
    """Say in words what was expected."""
    if expectation.violations is not None:
        return "no rows"
    name, wanted = comparison(expectation)
    if name == "between":
        return f"between {wanted[0]} and {wanted[1]}"
    return f"{name} {wanted}"


def _kind(value: Any) -> str:
    """Name the kind of a value; values of different kinds are never compared."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a text" if isinstance(value, str) else "several values"
