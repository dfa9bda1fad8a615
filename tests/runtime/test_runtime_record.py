"""state.json: what is remembered, and what is said where it cannot be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sandbox.endpoint import Endpoint
from sandbox.errors import EnvironmentFailedError
from sandbox.runtime import record
from sandbox.runtime.record import ProcessRecord, SandboxRecord

if TYPE_CHECKING:
    from pathlib import Path

MARK = "f3c1"
APP = ProcessRecord(name="app", kind="app", token=MARK, pid=7, started=1.5, port=80, log_from=3)
KNOWN = SandboxRecord(
    name="flights", config="/x/sandbox.toml", seeded={"weather": 3}, processes={"app": APP}
)


@pytest.mark.parametrize("sandbox", [KNOWN, SandboxRecord(name="x", config="y")])
def test_what_is_saved_is_read(tmp_path: Path, sandbox: SandboxRecord) -> None:
    """A record comes back as it was; saving again takes its place and leaves nothing beside it."""
    record.save(tmp_path, SandboxRecord(name="before", config="z"))
    record.save(tmp_path, sandbox)
    assert record.load(tmp_path) == sandbox
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_nothing_is_known_of_a_new_folder(tmp_path: Path) -> None:
    """Where no record is there is none, and no error; nor in a folder that is not there."""
    assert record.load(tmp_path) is None
    assert record.load(tmp_path / "nowhere") is None


def good() -> dict[str, object]:
    """Give what a good file holds."""
    return {"version": 1, "name": "x", "config": "y", "seeded": None, "processes": {}}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        '{"version": 1',
        "[]",
        "null",
        "3",
        '"text"',
        "{}",
        json.dumps({**good(), "version": 2}),
        json.dumps({**good(), "unknown": 1}),
        json.dumps({**good(), "processes": []}),
        json.dumps({**good(), "processes": {"a": 1}}),
        json.dumps({**good(), "processes": {"a": {"name": "a"}}}),
        json.dumps({"version": 1, "processes": {}}),
        "\x00" * 64,
    ],
)
def test_a_spoilt_record_is_told(tmp_path: Path, content: str) -> None:
    """A file that was cut off, written over or made by another version is named, with a hint."""
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(
        EnvironmentFailedError, match="the state of this sandbox cannot be read"
    ) as c:
        record.load(tmp_path)
    assert c.value.where is not None
    assert c.value.where.file == tmp_path / "state.json"
    assert c.value.hint is not None


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_what_is_no_text_is_told(tmp_path: Path, content: bytes | None) -> None:
    """So is a file that holds no text, and a folder in its place."""
    path = tmp_path / "state.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(EnvironmentFailedError, match="cannot be read"):
        record.load(tmp_path)


def test_a_write_that_was_cut_off_changes_nothing(tmp_path: Path) -> None:
    """What a killed command left half written beside it is not read, and is written over."""
    record.save(tmp_path, KNOWN)
    (tmp_path / "state.partial").write_text('{"version": 1, "na')
    assert record.load(tmp_path) == KNOWN
    record.save(tmp_path, KNOWN.with_process(APP))
    assert not (tmp_path / "state.partial").exists()


@pytest.mark.parametrize("spoil", ["state.partial", "nowhere"])
def test_what_cannot_be_written_is_told(tmp_path: Path, spoil: str) -> None:
    """A record that cannot be written is an error that names the file."""
    folder = tmp_path / "nowhere"
    if spoil == "state.partial":
        folder = tmp_path
        (tmp_path / spoil).mkdir()
    with pytest.raises(EnvironmentFailedError, match="cannot write the sandbox's state"):
        record.save(folder, KNOWN)


def test_changing_a_process_changes_no_other() -> None:
    """A record with a process is a new one: the old one and its other processes stay."""
    other = ProcessRecord(name="other", kind="service", token=MARK)
    changed = KNOWN.with_process(other)
    assert (list(changed.processes), list(KNOWN.processes)) == (["app", "other"], ["app"])
    assert changed.processes["app"] is APP
    assert (APP.endpoint, other.endpoint) == (Endpoint("127.0.0.1", 80), None)
