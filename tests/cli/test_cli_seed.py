"""`sandbox seed` and `sandbox reset`: back to what was declared."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

import pytest
from cli_project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
[stream.topics.orders]

[object_store.buckets.files]
seed = "files"

[feature_server.tables.prices]
entity = "item"
event_timestamp = "at"

[apps.web]
command = "sleep 1000"
"""

ORDER = """\
claim: kept
steps: [{produce: {topic: orders, records: [{value: 1}]}}, {put_object: {bucket: files, key: b, text: x}}]
expect: [{id: one, claim: one, value: SELECT count(*) FROM stream.orders, equals: 1}]
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Give a sandbox that is up."""
    made = Project(tmp_path_factory.mktemp("used"))
    made.write("one", "files/a")
    made.write(CONFIG)
    made.write(ORDER, "scenarios/order.yaml")
    made.ok("up")
    yield made
    made.end()


def use(used: Project) -> None:
    """Write to the stream, the object store and a feature table."""
    used.ok("replay")
    server = json.loads(used.ok("env", "--format", "json"))["FEATURE_SERVER_URL"]
    row = {"item": ["tea"], "at": ["2024-01-01T00:00:00Z"], "price": [2]}
    body = json.dumps({"push_source_name": "prices", "df": row, "to": "online"}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{server}/push", body), timeout=10).close()  # noqa: S310


def held(used: Project) -> dict[str, int]:
    """Count what the sandbox holds."""
    query = """
        SELECT (SELECT count(*) FROM stream.orders) AS orders,
               (SELECT count(*) FROM objects.files) AS files,
               (SELECT count(*) FROM features.prices) AS prices
    """
    return dict(json.loads(used.ok("sql", query, "--format", "json"))[0])


def test_seed_leaves_what_is_there(used: Project) -> None:
    """Seeding puts the fixtures again, over what is there; reset then removes the rest."""
    use(used)
    assert held(used) == {"orders": 1, "files": 2, "prices": 1}
    used.write("two", "files/c")
    done = used.run("seed")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "· seeded\n")
    assert held(used) == {"orders": 1, "files": 3, "prices": 1}

    done = used.run("reset")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("· reset in ")
    assert held(used) == {"orders": 0, "files": 2, "prices": 0}


def test_reset_starts_the_apps_anew(used: Project) -> None:
    """Services go on; apps are started again, also one that died."""
    before = used.pids()
    used.ok("reset")
    after = used.pids()
    assert {name for name in after if after[name] != before[name]} == {"web"}
    used.kill("web")
    used.ok("reset")
    assert used.status()["web"]["state"] == "ready"


def test_an_app_that_is_declared_no_more(used: Project) -> None:
    """An app that was taken out of sandbox.toml while it ran is ended by `reset`."""
    used.ok("up")
    used.write(CONFIG.partition("[apps")[0])
    try:
        done = used.run("reset")
        assert (done.returncode, done.stdout) == (0, "")
        assert used.status()["web"]["state"] == "stopped"
    finally:
        used.write(CONFIG)
