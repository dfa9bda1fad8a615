"""Check what types cannot: one claim after another, each at the place of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.document.place import Document, Key
    from sandbox.errors import InvalidFileError


class Verify:
    """Raises the document's kind of error at the place of a key."""

    def __init__(self, document: Document, error: type[InvalidFileError]) -> None:
        """Take the document that was written, and the error that it raises where it is wrong."""
        self.document = document
        self.error = error

    def __call__(self, holds: object, key: Key, message: str, hint: str | None = None) -> None:
        """Raise unless it holds; `message` says what is wrong, `hint` what to do."""
        if not holds:
            raise self.wrong(key, message, hint)

    def wrong(self, key: Key, message: str, hint: str | None = None) -> InvalidFileError:
        """Make the error for a place."""
        return self.error(message, where=self.document.where(key), hint=hint)

    def known(
        self, name: str, valid: Iterable[str], key: Key, kind: str, *, of: str | None = None
    ) -> None:
        """Raise unless `name` is one of `valid`, naming the nearest.

        `kind` says what is named, `of` what should have it (the sandbox, unless said).
        """
        choices = list(valid)
        missing = f"{of} has no {kind} {name!r}" if of else f"there is no {kind} {name!r}"
        self(name in choices, key, missing, nearest(name, choices))

    def unique(self, names: Iterable[tuple[str, Key]], kind: str) -> None:
        """Raise at the first name that stands there a second time."""
        seen: set[str] = set()
        for name, key in names:
            self(name not in seen, key, f"the {kind} {name!r} stands here twice")
            seen.add(name)
