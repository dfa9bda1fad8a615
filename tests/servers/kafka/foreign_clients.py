"""Clients that are not Python's: found, or fetched once into a cache; who is missing is said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
KAFKAJS = "kafkajs@2.2.4"
WITHIN = 120


def missing(what: str) -> None:
    """Skip, and say what is missing; in CI nothing may be."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI every client is tried, and {what}")
    pytest.skip(what)


def find(program: str) -> str:
    """Give the path of a program; skips where there is none."""
    path = shutil.which(program)
    if path is None:
        missing(f"there is no {program} on the PATH")
    assert path is not None
    return path


def find_kafkajs() -> Path:
    """Give a folder whose node_modules has kafkajs, asking npm for it once."""
    npm = find("npm")
    folder = Path.home() / ".cache/sandbox" / KAFKAJS.replace("@", "-")
    if not (folder / "node_modules/kafkajs").is_dir():
        partial = folder.with_name(f"{folder.name}.{os.getpid()}")
        partial.mkdir(parents=True)
        (partial / "package.json").write_text('{"private": true}')
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", KAFKAJS]
        done = subprocess.run(command, cwd=partial, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(partial, ignore_errors=True)
            missing(f"npm could not get {KAFKAJS}: {(done.stdout + done.stderr)[-300:]}")
        try:
            partial.rename(folder)
        except OSError:  # somebody else was quicker
            shutil.rmtree(partial)
    return folder


def run(command: list[str], *, environment: dict[str, str] | None = None, given: str = "") -> str:
    """Run a client to its end and give what it printed; what it complained of is in the failure."""
    done = subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def told(output: str) -> dict[str, Any]:
    """Give what a client program says at its end: an object of JSON in its last line."""
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found
