"""What goes well and what goes wrong, request by request: both servers tell the same story."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stories_consumers
import stories_groups
import stories_records
import stories_topics
import stories_transactions
from script import Script

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Both

MODULES = (
    stories_topics,
    stories_records,
    stories_groups,
    stories_consumers,
    stories_transactions,
)
STORIES = [
    pytest.param(story, id=f"{module.__name__.removeprefix('stories_')}-{name}")
    for module in MODULES
    for name, story in vars(module).items()
    if callable(story) and getattr(story, "__module__", "") == module.__name__ and name[0] != "_"
]


def play(story: Callable[[Script], None], port: int, topic: str) -> list[tuple[str, object]]:
    """Play a story on one server; gives what was told."""
    script = Script(port, topic)
    try:
        story(script)
    finally:
        script.close()
    return script.told


@pytest.mark.parametrize("story", STORIES)
def test_the_same_story(both: Both, topic: str, story: Callable[[Script], None]) -> None:
    """Every answer is the same, field by field, in the same order."""
    ours, theirs = (play(story, port, topic) for port in (both.embedded, both.apache))
    assert [what for what, _ in ours] == [what for what, _ in theirs]
    for (what, our), (_, their) in zip(ours, theirs, strict=True):
        assert our == their, what
