"""put_object: put a file or a text into a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.errors import ScenarioError, Where

if TYPE_CHECKING:
    from sandbox.replay.stage import Stage
    from sandbox.scenario.steps import PutObject


def act(stage: Stage, step: PutObject) -> str:
    """Put the object; a file's path is relative to the scenario."""
    content = (step.text or "").encode()
    if step.file is not None:
        path = stage.scenario.path.parent / step.file
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ScenarioError(
                f"cannot read the file to put: {error.strerror}", where=Where(path)
            ) from error
    stage.live.object_store().put(step.bucket, step.key, content)
    return f"{step.bucket}/{step.key}: {len(content)} bytes"
