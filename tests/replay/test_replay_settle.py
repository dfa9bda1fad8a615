"""settle waits until every hop is drained, and says which is not."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from sandbox.clock import wait_until
from sandbox.errors import DeadlineError, ServiceFailedError
from sandbox.services.ask import ask

if TYPE_CHECKING:
    from shop import Shop

    from sandbox.results import ScenarioResult

SLOW = """
variants:
  slow: {claim: it is slow, apps: {copier: {environment: {PAUSE: "0.05"}}}}
  stuck: {claim: it is stuck, apps: {copier: {environment: {PAUSE: "60"}}}}
  mortal: {claim: it dies, apps: {copier: {environment: {DIE_ON: arsenic}}}}
"""
MANY = "{topic: orders, from: orders}"


def play(shop: Shop, steps: str, variant: str | None, apps: str = "[copier]") -> ScenarioResult:
    """Play steps with the copier as one of the variants has it."""
    return shop.play(f"steps: [{steps}]{SLOW}", variant=variant, apps=apps)


def test_settling_waits_for_a_slow_consumer(shop: Shop) -> None:
    """When settle is done, all that was written has been worked off: 12 times 50 ms."""
    count = "run_sql: {name: copied, query: SELECT count(*) AS n FROM stream.copies}"
    played = play(shop, f"produce: {MANY}, settle, {count}", "slow")
    assert played.verdict == "passed", played.error
    assert played.kept["copied"] == [{"n": 12}]
    assert played.steps[1].duration_s >= 0.5


def test_claims_are_judged_after_the_last_hop_is_drained(shop: Shop) -> None:
    """A story need not say settle at its end."""
    story = f"""
        steps: [produce: {MANY}]
        hops:
          - {{name: orders, count: SELECT count(*) FROM stream.orders}}
          - {{name: copied, count: SELECT count(*) FROM stream.copies}}
        expect:
          - {{id: all, claim: all came, value: SELECT count(*) FROM stream.copies, equals: 12}}
    """
    played = shop.play(story, apps="[copier]")
    assert played.verdict == "passed", played.error
    assert [(hop.name, hop.count) for hop in played.hops] == [("orders", 12), ("copied", 12)]


@pytest.mark.parametrize("stopped", [True, False])
def test_the_hop_that_stands_still_is_named(shop: Shop, *, stopped: bool) -> None:
    """On timeout the error says which group is behind, where and by how much, and exits with 5."""
    step = "stop: copier, " if stopped else ""
    played = play(shop, f"{step}produce: {MANY}, settle: 300ms", "stuck")
    assert (played.verdict, played.exit_code) == ("error", 5)
    assert "not settled within 0.3 s: orders → copier: 12 records behind" in (played.error or "")
    assert "sandbox logs" in (played.error or "")
    assert f"story.yaml:steps[{1 + stopped}].settle: " in (played.error or "")
    assert [each.step for each in played.steps][-1] == "produce"


def test_the_longest_queue_is_named_first(shop: Shop) -> None:
    """Several hops that stand still are all named, the longest queue first."""
    steps = f"stop: copier, stop: idler, produce: {MANY}"
    copies = "produce: {topic: copies, records: [{value: 1}]}"
    played = play(shop, f"{steps}, {copies}, settle: 200ms", None, apps="[copier, idler]")
    assert "orders → copier: 12 records behind; copies → idler: 1 records behind" in (
        played.error or ""
    )


def test_an_app_that_died_is_reported_at_once(shop: Shop) -> None:
    """Nobody waits for one who died: its last lines are shown, long before the deadline."""
    poison = "produce: {topic: orders, records: [{value: pen}, {value: arsenic}]}"
    played = play(shop, f"{poison}, settle: 30s", "mortal")
    assert (played.verdict, played.exit_code) == ("error", 3)
    assert "copier died while its hop was drained:\n" in (played.error or "")
    assert "  | cannot bear arsenic" in (played.error or "")
    assert "sandbox logs copier" in (played.error or "")
    assert played.duration_s < 10


def test_apps_outside_the_story_are_not_waited_for(shop: Shop) -> None:
    """An app that ran in the story before, and has no part in this one, holds nothing up."""
    assert play(shop, "settle", None, apps="[copier, idler]").verdict == "passed"
    played = play(shop, f"produce: {MANY}, settle: 10s", None)
    assert played.verdict == "passed", played.error
    assert shop.rows("SELECT count(*) FROM stream.copies") == [(12,)]


def test_an_app_that_the_story_starts_itself_is_waited_for(shop: Shop) -> None:
    """Whoever runs is waited for, also one that was not given."""
    played = play(shop, f"start: idler, produce: {MANY}, settle: 500ms", None)
    assert (played.verdict, played.exit_code) == ("error", 5)
    assert "copies → idler: 12 records behind" in (played.error or "")


def test_a_group_that_nobody_declared_is_waited_for_too(shop: Shop) -> None:
    """A consumer group that committed is behind by what it has not read since."""
    shop.play("steps: [produce: {topic: copies, records: [{value: 1}, {value: 2}]}]")
    servers = shop.session.env()["KAFKA_BOOTSTRAP_SERVERS"]
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id="stranger")
    place = TopicPartition("copies", 0)
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(1, "", -1)})
    with pytest.raises(DeadlineError, match="copies → stranger: 1 records behind"):
        shop.session.settle(within=0.2)
    consumer.commit({place: OffsetAndMetadata(2, "", -1)})
    consumer.close(autocommit=False)
    shop.session.settle(within=10)


def test_requests_in_flight_are_waited_for(shop: Shop) -> None:
    """A request that a server is still working on is a hop that stands still."""
    shop.play("steps: []")
    server = shop.session.live.endpoint("feature_server")
    query = "SELECT sum(a.range * b.range) FROM range(300000) AS a, range(300000) AS b"

    def ask_something_long() -> None:
        with suppress(ServiceFailedError):
            ask(server, "POST", "/sql", body={"query": query}, timeout=1.5)

    asking = threading.Thread(target=ask_something_long)
    asking.start()
    wait_until(
        lambda: shop.session.live.traffic("feature_server")["in_flight"],
        within=10,
        waiting_for="the request to arrive",
    )
    with pytest.raises(DeadlineError, match="feature_server: 1 requests in flight"):
        shop.session.settle(within=0.3)
    asking.join()
    shop.session.settle(within=10)


def test_a_story_that_failed_has_the_steps_before_and_is_json(shop: Shop) -> None:
    """All of the result can be written down, with the steps that were played before the failure."""
    played = play(shop, f"set_clock: newest, stop: copier, produce: {MANY}, settle: 100ms", None)
    read = json.loads(json.dumps(played.jsonable(), allow_nan=False))
    assert [step["step"] for step in read["steps"]] == ["set_clock", "stop", "produce"]
    assert (read["verdict"], read["exit_code"], read["expectations"]) == ("error", 5, [])
    assert not read["as_declared"]
    events = [event for (event,) in shop.rows("SELECT event FROM events")]
    assert events == ["set_clock", "stop", "produce", "settle"]
    ((detail,),) = shop.rows("SELECT detail->>'$' FROM events WHERE event = 'settle'")
    assert detail.startswith("failed: not settled within 0.1 s")
