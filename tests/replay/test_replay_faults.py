"""Faults of the stream in a story: they happen for real, the apps get over them, a reset lifts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop import Shop

COPIES = "SELECT count(DISTINCT value) FROM stream.copies"
TWO = "produce: {topic: orders, records: [{value: 1}, {value: 2}]}"


def test_an_app_gets_over_what_the_stream_does(shop: Shop) -> None:
    """Errors, a lost acknowledgement, a rebalance, an ended session, an outage: nothing is lost."""
    played = shop.play(
        f"""
        steps:
          - settle
          - fail_requests: {{api: OffsetCommit, error: COORDINATOR_LOAD_IN_PROGRESS, times: 2}}
          - fail_requests: {{api: Produce, action: drop_reply}}
          - {TWO}
          - rebalance: copier
          - settle
          - expire_sessions: copier
          - outage: 300ms
          - settle
        expect: [{{id: all, claim: each order is copied, value: "{COPIES}", equals: 2}}]
        """,
        apps="[copier]",
    )
    assert played.verdict == "passed", played.error or played.expectations
    details = {each.step: each.detail for each in played.steps}
    assert details["rebalance"] == "copier rebalances"
    assert details["expire_sessions"] == "1 put out of copier"
    assert details["outage"] == "the stream is away for 0.3 s"


def test_faults_end_with_the_steps(shop: Shop) -> None:
    """Neither a rule nor an outage without an end outlives the steps, so that claims can be judged."""
    played = shop.play("""
        steps:
          - fail_requests: {error: NOT_COORDINATOR, times: null}
          - outage
    """)
    assert played.verdict == "passed", played.error
    played = shop.play(f"steps: [{TWO}]")
    assert played.verdict == "passed", played.error
    assert shop.rows("SELECT count(*) FROM stream.orders") == [(2,)]


def test_faults_are_lifted(shop: Shop) -> None:
    """After `lift_faults` the stream takes records again."""
    played = shop.play(f"""
        steps:
          - outage
          - lift_faults
          - {TWO}
    """)
    assert played.verdict == "passed", played.error


def test_what_the_stream_refuses_names_the_step(shop: Shop) -> None:
    """An API or an error that there is not, and a group without members, end the story."""
    for step, said in (
        ("fail_requests: {api: Produse, error: NOT_COORDINATOR}", "'Produse' is none of"),
        ("fail_requests: {error: OOPS}", "'OOPS' is none of"),
        ("rebalance: nobody", "group 'nobody' has no members"),
        ("expire_sessions: {group: nobody, member: me}", "no member 'me' in group 'nobody'"),
    ):
        played = shop.play(f"steps: [{step}]")
        assert played.verdict == "error"
        assert said in str(played.error)
        assert f"steps[0].{step.partition(':')[0]}" in str(played.error)


def test_settling_waits_for_a_stream_that_is_away(shop: Shop) -> None:
    """An outage that ends is waited for; one that does not is named when the time is over."""
    played = shop.play("steps: [outage: 500ms, settle: 20s]")
    assert played.verdict == "passed", played.error
    played = shop.play("steps: [outage, settle: 1s]")
    assert (played.verdict, played.exit_code) == ("error", 5)
    assert "not settled within 1 s: the stream is away" in str(played.error)


def test_a_reset_lifts_faults(shop: Shop) -> None:
    """Faults of a story that ended early are gone when the next one begins."""
    played = shop.play("steps: [outage, rebalance: nobody]")
    assert played.verdict == "error"
    played = shop.play(f"steps: [{TWO}]")
    assert played.verdict == "passed", played.error
