"""start, stop, kill and restart act on real processes; what was on disk is there afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from shop import MODELS

from sandbox.errors import ServiceFailedError

if TYPE_CHECKING:
    from shop import Shop

GOLDEN = json.loads((MODELS / "arrival_delay/1/golden.json").read_text())
SERVICES = ("object_store", "stream", "feature_server", "model_server")


def state(shop: Shop, name: str) -> tuple[str, int | None]:
    """Give the state and the process id of a service or app."""
    found = {each.name: each for each in shop.session.status().processes}
    return found[name].state, found[name].pid


@pytest.mark.parametrize("signal", ["TERM", "KILL"])
def test_services_keep_what_they_have_over_a_restart(shop: Shop, signal: str) -> None:
    """Each service is another process afterwards, with the same data at the same address."""
    shop.play("steps: []")
    before = {name: state(shop, name)[1] for name in SERVICES}
    addresses = shop.session.env()
    restarts = "\n".join(
        f"          - restart: {{name: {name}, signal: {signal}}}" for name in SERVICES
    )
    played = shop.play(f"""
        steps:
          - produce: {{topic: orders, records: [{{value: 1}}, {{value: 2}}]}}
          - put_object: {{bucket: shelf, key: a, text: b}}
          - set_clock: 2013-06-10T09:00:00Z
{restarts}
          - call_model: {{model: arrival_delay, inputs: {{features: {GOLDEN["features"][:1]}}}}}
    """)
    assert played.verdict == "passed", played.error
    assert played.steps[3].detail == f"object_store ready again, after SIG{signal}"
    for name in SERVICES:
        assert state(shop, name)[0] == "ready"
        assert state(shop, name)[1] != before[name]
    assert shop.session.env() == addresses
    assert shop.rows("SELECT count(*) FROM stream.orders") == [(2,)]
    assert shop.rows("SELECT key FROM objects.shelf") == [("a",)]
    assert shop.rows("SELECT count(*) FROM features.stock") == [(8,)]
    assert shop.clock() == "2013-06-10T09:00:00Z"


def test_an_app_is_stopped_and_started(shop: Shop) -> None:
    """A stopped app leaves records alone, and works them off once it is started again."""
    played = shop.play(
        """
        steps:
          - stop: copier
          - produce: {topic: orders, records: [{value: 1}, {value: 2}]}
          - run_sql: {name: meanwhile, query: SELECT count(*) AS n FROM stream.copies}
          - start: copier
          - settle
          - run_sql: {name: after, query: SELECT count(*) AS n FROM stream.copies}
        """,
        apps="[copier]",
    )
    assert played.verdict == "passed", played.error
    assert [each.detail for each in played.steps if each.step in ("stop", "start")] == [
        "copier stopped",
        "copier ready",
    ]
    assert (played.kept["meanwhile"], played.kept["after"]) == ([{"n": 0}], [{"n": 2}])


def test_an_app_is_killed_and_restarted(shop: Shop) -> None:
    """A killed app is gone at once; restarted by either signal it is another process."""
    played = shop.play(
        """
        steps:
          - run_sql: {name: first, query: SELECT count(*) AS n FROM apps.copier}
          - kill: copier
          - start: copier
          - restart: copier
          - restart: {name: copier, signal: KILL}
          - kill: copier
        """,
        apps="[copier]",
    )
    assert played.verdict == "passed", played.error
    assert [each.detail for each in played.steps[1:]] == [
        "copier killed",
        "copier ready",
        "copier ready again, after SIGTERM",
        "copier ready again, after SIGKILL",
        "copier killed",
    ]
    assert state(shop, "copier")[0] == "stopped"


def test_an_app_is_started_as_the_variant_has_it(shop: Shop) -> None:
    """Started again, an app still is the one that the variant changed, and its log goes on."""
    played = shop.play(
        """
        steps:
          - restart: {name: copier, signal: KILL}
          - run_sql: {name: said, query: SELECT text FROM apps.copier}
        variants:
          other:
            claim: all is otherwise
            apps: {copier: {environment: {MODE: changed}}}
        """,
        apps="[copier]",
        variant="other",
    )
    assert played.kept["said"] == [{"text": "ready changed"}] * 2


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("kill: copier", "copier does not run, so it cannot be killed"),
        ("start: stream", "stream runs already, so it cannot be started"),
        ("restart: {name: idler, signal: KILL}", "idler does not run"),
    ],
)
def test_what_cannot_be_done_is_an_error(shop: Shop, step: str, words: str) -> None:
    """A step that contradicts what runs ends the story, and says so."""
    played = shop.play(f"steps: [set_clock: newest, {step}, set_clock: newest]")
    assert (played.verdict, played.exit_code) == ("error", 3)
    assert words in (played.error or "")
    assert [each.step for each in played.steps] == ["set_clock"]


def test_a_second_process_of_an_app_is_never_started(shop: Shop) -> None:
    """Starting an app that runs leaves that one alone, in a story and by hand."""
    played = shop.play("steps: [start: copier, start: copier]")
    assert played.verdict == "error"
    assert "copier runs already" in (played.error or "")
    before = state(shop, "copier")
    assert before[0] == "ready"
    with pytest.raises(ServiceFailedError, match="copier runs already"):
        shop.session.start("copier")
    assert state(shop, "copier") == before


def test_a_step_that_needs_a_dead_service_says_so(shop: Shop) -> None:
    """Whoever is asked while it is down is named; the next story has it again."""
    for end, name, step in (
        ("kill", "stream", "produce: {topic: orders, records: [{value: 1}]}"),
        ("stop", "object_store", "put_object: {bucket: shelf, key: a, text: b}"),
        ("kill", "model_server", "call_model: {model: m, inputs: {x: [[1]]}}"),
        ("stop", "feature_server", "set_clock: newest"),
    ):
        played = shop.play(f"steps: [{end}: {name}, {step}]")
        assert (played.verdict, played.exit_code) == ("error", 3)
        assert f"{name} does not run" in (played.error or "")
    assert shop.play("steps: []").verdict == "passed"


def test_an_app_that_cannot_start_is_told_with_its_log(shop: Shop) -> None:
    """A start that fails ends the story with what the app wrote last."""
    played = shop.play(
        """
        steps: []
        variants:
          broken:
            claim: it cannot start
            apps: {copier: {command: "{python} -c 'import sys; sys.exit(\\"no such luck\\")'"}}
        """,
        apps="[copier]",
        variant="broken",
    )
    assert (played.verdict, played.exit_code, played.steps) == ("error", 3, ())
    assert "copier ended with exit code 1 before it was ready:\n  | no such luck" in (
        played.error or ""
    )
