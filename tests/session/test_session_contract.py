"""What apps are told of the sandbox, and never of anything outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import load_config, load_scenario, temporary

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Session
    from sandbox.config.definition import Config

TELLER = """
import os, signal
print("told", os.environ.get("{variable}"), flush=True)
signal.pause()
"""


def write_project(folder: Path, variable: str, more: str = "") -> Config:
    """Write a sandbox with an app that tells what a variable says, and read it."""
    (folder / "teller.py").write_text(TELLER.format(variable=variable))
    (folder / "web.py").write_text(
        "import http.server, os\n"
        "address = ('127.0.0.1', int(os.environ['PORT']))\n"
        "http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()\n"
    )
    (folder / "sandbox.toml").write_text(
        'name = "told"\n[apps.teller]\ncommand = "{python} teller.py"\n'
        f'ready = {{ log = "^told" }}\n{more}'
    )
    return load_config(folder / "sandbox.toml", environ={})


def told(sandbox: Session) -> str:
    """Give what the app printed last."""
    return str(sandbox.sql("SELECT text FROM apps.teller ORDER BY line DESC").rows[0][0])


def test_an_app_meets_an_outage_and_nothing_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a service is stopped, its variable leads to where it was, not to what the shell says."""
    monkeypatch.setenv("MODEL_SERVER_URL", "http://production.example")
    with temporary(write_project(tmp_path, "MODEL_SERVER_URL"), "outage") as sandbox:
        sandbox.up(apps=False)
        address = sandbox.env()["MODEL_SERVER_URL"]
        sandbox.stop("model_server")
        sandbox.start("teller")
        assert told(sandbox) == f"told {address}"
        assert address.startswith("http://127.0.0.1:")


def test_an_app_finds_what_another_provides(tmp_path: Path) -> None:
    """A variable of the user's own is there from the first start on, and after a reset."""
    web = (
        'after = ["web"]\n[apps.web]\ncommand = "{python} web.py"\n'
        'provides = "WEB_URL"\nready = { port = true }\n'
    )
    with temporary(write_project(tmp_path, "WEB_URL", web), "provides") as sandbox:
        sandbox.up()
        assert told(sandbox) == f"told {sandbox.env()['WEB_URL']}"
        sandbox.reset()
        assert told(sandbox) == f"told {sandbox.env()['WEB_URL']}"


SCENARIO = """
claim: the app tells its mode
steps: [settle]
expect:
  - { id: told, claim: it told, value: SELECT count(*) FROM apps.teller, equals: 1 }
variants:
  other: { claim: all is otherwise, apps: { teller: { environment: { MODE: other } } } }
"""


def test_up_ends_what_a_variant_changed(tmp_path: Path) -> None:
    """After a variant was played, up gives back the apps that sandbox.toml says."""
    config = write_project(tmp_path, "MODE", 'environment = { MODE = "declared" }\n')
    (tmp_path / "story.yaml").write_text(SCENARIO)
    scenario = load_scenario(tmp_path / "story.yaml", config)
    with temporary(config, "variant") as sandbox:
        sandbox.up()
        sandbox.replay(scenario, "other")
        assert told(sandbox) == "told other"
        sandbox.up()
        assert told(sandbox) == "told declared"


@pytest.mark.parametrize(
    "query", ["SELECT 1 FROM objects.archive", "SELECT 1 FROM parquet('archive/*')"]
)
def test_a_stopped_service_is_not_an_empty_one(tmp_path: Path, query: str) -> None:
    """A claim about a store that is away is an error, and neither a pass nor a lost row."""
    story = f"""
claim: nothing is lost
steps: [{{ stop: object_store }}]
expect: [{{ id: none, claim: nothing is lost, violations: "{query}" }}]
"""
    config = write_project(tmp_path, "MODE", "[object_store.buckets.archive]\n")
    (tmp_path / "story.yaml").write_text(story)
    with temporary(config, "stopped") as sandbox:
        sandbox.up()
        result = sandbox.replay(load_scenario(tmp_path / "story.yaml", config))
    assert result.verdict == "error"
    assert "the query reads from object_store, which is stopped" in str(result.error)
