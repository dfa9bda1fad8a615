"""Look at this machine: what is there, what is not, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sandbox.config.check_external import endpoint_of
from sandbox.endpoint import LOOPBACK, is_listening
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.config.definition import Config

Verdict = Literal["ok", "note", "wrong"]

DISTRIBUTION = "sandbox-ml"
NEEDED_DISK = 1_000_000_000
PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `hint` says what to do where it is wrong."""

    what: str
    verdict: Verdict
    detail: str
    hint: str = ""


def examine(config: Config) -> list[Finding]:
    """Look at everything that a sandbox of `config` needs."""
    return [found for check in CHECKS.values() for found in check(config)]


def _python(_: Config) -> Sequence[Finding]:
    version = platform.python_version()
    if sys.version_info < (3, 11):  # noqa: UP036 - another interpreter may run this by PYTHONPATH
        return [Finding("Python", "wrong", version, "3.11 or later is needed")]
    return [Finding("Python", "ok", f"{version}, {sys.executable}")]


def _packages(_: Config) -> Sequence[Finding]:
    """Tell which of the packages that were installed with this one are missing."""
    missing = []
    required = [each for each in importlib.metadata.requires(DISTRIBUTION) or () if ";" not in each]
    for each in required:
        name = each.split(">")[0].split("=")[0].strip()
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        again = f"{sys.executable} -m pip install {' '.join(missing)}"
        return [Finding("packages", "wrong", f"missing: {', '.join(missing)}", again)]
    return [Finding("packages", "ok", f"all {len(required)} are installed")]


def _loopback(_: Config) -> Sequence[Finding]:
    try:
        with socket.create_server((LOOPBACK, 0)):
            return [Finding("loopback", "ok", f"{LOOPBACK} can be bound")]
    except OSError as error:
        hint = "services listen there and nowhere else"
        return [Finding("loopback", "wrong", f"{LOOPBACK}: {error.strerror}", hint)]


def _proxies(_: Config) -> Sequence[Finding]:
    """Look for a proxy that would be asked for 127.0.0.1 too, and not find it."""
    through = [name for name in PROXIES if os.environ.get(name)]
    passed = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    if through and LOOPBACK not in passed and passed != "*":
        hint = f"export NO_PROXY={LOOPBACK},localhost, or apps that honour a proxy fail"
        return [Finding("proxy", "note", f"{', '.join(through)} is set", hint)]
    return [Finding("proxy", "ok", f"none stands before {LOOPBACK}")]


def _state_folder(config: Config) -> Sequence[Finding]:
    folder = config.state_folder
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        hint = "choose another with --state-dir"
        return [Finding("state folder", "wrong", f"{there} cannot be written to", hint)]
    free = shutil.disk_usage(there).free
    detail = f"{folder}, {free / 1e9:.0f} GB free"
    if free < NEEDED_DISK:
        return [Finding("state folder", "wrong", detail, "free at least 1 GB")]
    return [Finding("state folder", "ok", detail)]


def _fixtures(config: Config) -> Sequence[Finding]:
    """Check every fixture that is declared, byte for byte."""
    from sandbox.fixtures.tables import tables_of  # noqa: PLC0415

    declared = {
        reference.rpartition("/")[0]
        for table in config.feature_server.tables.values()
        for reference in table.seed
    }
    found = []
    for name in sorted(declared):
        try:
            tables = tables_of(config, name)
            found.append(Finding(f"fixture {name}", "ok", f"{len(tables)} tables, as described"))
        except SandboxError as error:
            found.append(Finding(f"fixture {name}", "wrong", error.message, error.hint or ""))
    return found


def _scenarios(config: Config) -> Sequence[Finding]:
    from sandbox.scenario.load import find_scenarios, load_scenario  # noqa: PLC0415

    folder = config.folder / config.scenarios
    if not folder.is_dir():
        return [Finding("scenarios", "note", f"{folder} is not there", "write one; see README.md")]
    try:
        loaded = [load_scenario(path, config) for path in find_scenarios(folder)]
    except SandboxError as error:
        return [Finding("scenarios", "wrong", str(error))]
    return [Finding("scenarios", "ok", f"{len(loaded)} can be played")]


def _docker(config: Config) -> Sequence[Finding]:
    """Tell in what the next fresh start would run, and why."""
    from sandbox.session.choosing import DOCKER, choose  # noqa: PLC0415 - 150 ms

    try:
        choice = choose(config)
    except SandboxError as error:
        return [Finding("Docker", "wrong", error.message, error.hint or "")]
    return [Finding("Docker", "ok" if choice.runtime == DOCKER else "note", choice.line)]


def _external(config: Config) -> Sequence[Finding]:
    """Tell which of the services that run already answer: where they are used, they must."""
    found = []
    is_used = config.runtime == "external"
    for service, place in config.external.places.items():
        what = f"external {service}"
        if is_listening(endpoint_of(service, place)):
            found.append(Finding(what, "ok", f"{place} accepts connections"))
        else:
            hint = "does it run, and can this machine reach it (VPN, port-forward)?"
            verdict: Verdict = "wrong" if is_used else "note"
            found.append(Finding(what, verdict, f"nobody listens at {place}", hint))
    return found


# In the order in which one would mend them.
CHECKS: Mapping[str, Callable[[Config], Sequence[Finding]]] = {
    "Python": _python,
    "packages": _packages,
    "loopback": _loopback,
    "proxy": _proxies,
    "state folder": _state_folder,
    "fixtures": _fixtures,
    "scenarios": _scenarios,
    "Docker": _docker,
    "external": _external,
}
