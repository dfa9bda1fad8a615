"""Each step acts for real, and says so in the result and in the events."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from shop import MODELS

from sandbox import load_scenario
from sandbox.replay import ACTIONS
from sandbox.scenario.steps import STEPS
from sandbox.services.ask import ask_json

if TYPE_CHECKING:
    from shop import Shop

GOLDEN = json.loads((MODELS / "arrival_delay/1/golden.json").read_text())


def test_every_step_that_can_be_written_can_be_acted() -> None:
    """The table of actions has each kind of step, and no other."""
    assert set(ACTIONS) == set(STEPS.values())


def test_put_object_puts_a_text_or_a_file(shop: Shop) -> None:
    """What lies in the bucket afterwards is the text, or the file beside the scenario."""
    played = shop.play(
        """
        steps:
          - put_object: {bucket: shelf, key: a/text, text: "Grüezi"}
          - put_object: {bucket: shelf, key: a/file, file: body.json}
          - put_object: {bucket: shelf, key: empty, text: ""}
          - put_object: {bucket: shelf, key: a/text, text: again}
        """,
        **{"body.json": '{"a": 1}'},
    )
    assert played.verdict == "passed"
    assert played.steps[0].detail == "shelf/a/text: 7 bytes"
    client = shop.session.live.object_store().minio()
    keys = ("a/text", "a/file", "empty")
    assert [client.get_object("shelf", key).data for key in keys] == [b"again", b'{"a": 1}', b""]
    assert shop.rows("SELECT key FROM objects.shelf ORDER BY key") == [
        ("a/file",),
        ("a/text",),
        ("empty",),
    ]


def test_a_file_that_went_is_the_scenarios_error(shop: Shop) -> None:
    """A file that was there when the scenario was read and is gone is named."""
    story = shop.write("steps: [put_object: {bucket: shelf, key: a, file: gone}]", gone="x")
    gone = story.path.with_name("gone")
    gone.unlink()
    played = shop.session.replay(story)
    assert (played.verdict, played.exit_code) == ("error", 4)
    assert f"{gone}: cannot read the file to put: No such file" in (played.error or "")


@pytest.mark.parametrize("version", ["1", None])
def test_call_model_asks_the_model_server(shop: Shop, version: str | None) -> None:
    """The model is asked once, in that version or in the newest, and answers as it must."""
    said = f'version: "{version}", ' if version else ""
    played = shop.play(f"""
        steps:
          - call_model: {{model: arrival_delay, {said}inputs: {{features: {GOLDEN["features"][:2]}}}}}
    """)
    assert played.verdict == "passed", played.error
    assert played.steps[0].detail == "arrival_delay: 200"
    ((path, status, answer),) = shop.rows("SELECT path, status, response FROM calls.model_server")
    in_version = "/versions/1" if version else ""
    assert (path, status) == (f"/v2/models/arrival_delay{in_version}/infer", 200)
    output = json.loads(answer)["outputs"][0]
    assert output["shape"] == [2]
    if version:
        assert output["data"] == pytest.approx(GOLDEN["probability"][:2], abs=1e-5)


@pytest.mark.parametrize(
    ("asked", "expected", "given"),
    [
        ("model: nobody, inputs: {x: [[1]]}", 200, 404),
        ('model: arrival_delay, version: "9", inputs: {features: [[1]]}', 200, 404),
        ("model: arrival_delay, inputs: {features: [[1, 2]]}", 200, 400),
        ("model: arrival_delay, inputs: {features: []}", 404, 400),
    ],
)
def test_another_status_than_expected_is_an_error(
    shop: Shop, asked: str, expected: int, given: int
) -> None:
    """The error names the step, both statuses and what the server said; expected, all is well."""
    played = shop.play(f"steps: [call_model: {{{asked}, status: {expected}}}]")
    assert (played.verdict, played.exit_code) == ("error", 3)
    assert f"answered {given}, and the scenario expects {expected}: {{'error'" in (
        played.error or ""
    )
    assert "story.yaml:steps[0].call_model: " in (played.error or "")
    assert shop.play(f"steps: [call_model: {{{asked}, status: {given}}}]").verdict == "passed"


def test_run_sql_keeps_its_rows_in_the_result(shop: Shop) -> None:
    """Rows stand in the result under the step's name, or under its number, at most a hundred."""
    played = shop.play("""
        steps:
          - produce: {topic: orders, records: [{value: {item: pen}}, {value: {item: ink}}]}
          - run_sql:
              name: orders
              query: SELECT value->>'item' AS item FROM stream.orders ORDER BY item DESC
          - run_sql: SELECT count(*) AS n FROM fixtures.stock
          - run_sql: {name: many, query: FROM range(1000)}
          - run_sql: {name: none, query: SELECT 1 WHERE 1 = 0}
    """)
    assert played.verdict == "passed", played.error
    assert list(played.kept) == ["orders", "query 2", "many", "none"]
    assert played.kept["orders"] == [{"item": "pen"}, {"item": "ink"}]
    assert played.kept["query 2"] == [{"n": 8}]
    assert len(played.kept["many"]) == 100
    assert played.kept["none"] == []
    assert [step.detail for step in played.steps[1:3]] == ["2 rows", "1 rows"]


def test_sql_that_is_wrong_is_the_scenarios_error(shop: Shop) -> None:
    """A query that cannot run ends the story, with its place in the scenario."""
    played = shop.play("steps: [run_sql: SELECT 1, run_sql: SELECT * FROM stream.nowhere]")
    assert (played.verdict, played.exit_code) == ("error", 4)
    assert "story.yaml:steps[1].run_sql: " in (played.error or "")
    assert len(played.steps) == 1


def test_set_clock_sets_the_feature_servers_time(shop: Shop) -> None:
    """The clock stands where the step says, in whatever zone that is said, or follows again."""
    shop.play("steps: [set_clock: 2013-06-10T08:30:00-04:00]")
    assert shop.clock() == "2013-06-10T12:30:00Z"
    played = shop.play("steps: [set_clock: 2013-06-10T08:30:00Z, set_clock: newest]")
    assert played.steps[1].detail == "newest"
    assert shop.clock() is None


def test_given_sets_the_clock_before_the_first_step(shop: Shop) -> None:
    """What is read is what was known at that time."""
    story = shop.write("steps: []")
    text = story.path.read_text().replace("apps: []", "apps: [], clock: 2013-06-10T09:30:00Z")
    story.path.write_text(text)
    shop.session.replay(load_scenario(story.path, shop.session.config))
    assert shop.clock() == "2013-06-10T09:30:00Z"
    body = {"features": ["stock:pieces"], "entities": {"item": ["pen"]}}
    answer = ask_json(
        shop.session.live.endpoint("feature_server"), "POST", "/get-online-features", body=body
    )
    assert answer["results"][-1]["values"] == [91]


def test_events_hold_what_was_done(shop: Shop) -> None:
    """Each step is an event, in order and with its time, and so is each claim that was judged."""
    played = shop.play("""
        steps:
          - put_object: {bucket: shelf, key: a, text: b}
          - set_clock: newest
          - settle
        expect:
          - {id: none, claim: nothing came, value: SELECT count(*) FROM stream.orders, equals: 0}
          - {id: some, claim: something came, value: SELECT 0, above: 0}
    """)
    assert played.verdict == "failed"
    found = shop.rows("SELECT event, detail, scenario, variant, happened_at FROM events")
    assert [(event, json.loads(detail)) for event, detail, *_ in found] == [
        ("put_object", "shelf/a: 1 bytes"),
        ("set_clock", "newest"),
        ("settle", "every hop is drained"),
        ("expectation", {"id": "none", "held": True}),
        ("expectation", {"id": "some", "held": False}),
    ]
    assert {(scenario, variant) for _, _, scenario, variant, _ in found} == {("story", None)}
    times = [datetime.fromisoformat(each[-1]) for each in found]
    assert times == sorted(times)
    assert played.started_at <= times[0]


def test_events_can_be_asked_by_later_steps_and_claims(shop: Shop) -> None:
    """A claim can be about what was done, and when."""
    played = shop.play("""
        steps: [set_clock: newest, run_sql: {name: done, query: SELECT event FROM events}]
        expect:
          - id: set_once
            claim: the clock was set once
            value: SELECT count(*) FROM events WHERE event = 'set_clock'
            equals: 1
    """)
    assert played.verdict == "passed", played.error
    assert played.kept["done"] == [{"event": "set_clock"}]
