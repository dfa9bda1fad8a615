"""Single values: what may be written for each type, and what it becomes."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.document.quantities import Duration, Pace
from sandbox.document.words import KINDS, described, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# What YAML 1.1 and people write for true and false, and what is neither here.
SWITCHES = ("yes", "no", "on", "off", "true", "false")
TIME_HINT = "write it like 2013-06-08T14:00:00Z"


class UnsuitableError(ValueError):
    """A value is not what its key takes: what is wrong, and what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        """Keep both parts apart; the place is added by whoever knows it."""
        super().__init__(message)
        self.message = message
        self.hint = hint


def read_scalar(kind: Any, written: object) -> object:
    """Make a value of type `kind`; raises UnsuitableError where it cannot be one."""
    return READERS[kind](written)


def suits(kind: Any, written: object) -> bool:
    """Tell whether a value has exactly the plain type `kind`, whole numbers being numbers."""
    return type(written) in ((int, float) if kind is float else (kind,))


def unsuitable(wanted: str, written: object, hint: str | None = None) -> UnsuitableError:
    """Say what is wanted, and what stands there instead."""
    return UnsuitableError(f"{wanted} is wanted here, not {described(written)}", hint)


def _plain(kind: type) -> Callable[[object], object]:
    def read(written: object) -> object:
        if suits(kind, written):
            return written
        raise unsuitable(KINDS[kind][0], written, _hint(kind, written))

    return read


def _hint(kind: type, written: object) -> str | None:
    if kind is str and isinstance(written, (bool, int, float, date)):
        shown = str(written).lower() if isinstance(written, bool) else written
        return f'put it in quotes: "{shown}"'
    if kind is bool and isinstance(written, str) and written.lower() in SWITCHES:
        return "write true or false, without quotes"
    if kind in (int, float) and isinstance(written, str) and written.strip("-").isdigit():
        return f"take the quotes away: {written}"
    return None


def _path(written: object) -> Path:
    if written == "":
        raise unsuitable("a path", written)
    return Path(str(read_scalar(str, written)))


def _moment(written: object) -> datetime:
    try:
        found = written if isinstance(written, datetime) else datetime.fromisoformat(str(written))
    except ValueError as problem:
        raise unsuitable(in_words(datetime), written, TIME_HINT) from problem
    if found.tzinfo is None:
        raise UnsuitableError(f"the time {written} has no zone", "end it with Z, for UTC")
    return found


def _parsed(parse: Callable[[object], object]) -> Callable[[object], object]:
    def read(written: object) -> object:
        try:
            return parse(written)
        except ValueError as problem:
            raise UnsuitableError(f"{problem}, and here is {described(written)}") from problem

    return read


READERS: Mapping[Any, Callable[[object], object]] = {
    Any: lambda written: written,
    str: _plain(str),
    bool: _plain(bool),
    int: _plain(int),
    float: _plain(float),
    Path: _path,
    datetime: _moment,
    Duration: _parsed(Duration.parse),
    Pace: _parsed(Pace.parse),
}
