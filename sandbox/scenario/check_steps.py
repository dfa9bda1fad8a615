"""Check the steps of a scenario; CHECKS says which step is checked how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.config.definition import SERVICES
from sandbox.config.fixture_tables import columns_of, tables_of
from sandbox.scenario import steps
from sandbox.scenario.steps import (
    CallModel,
    FailRequests,
    Produce,
    PutObject,
    RunSql,
    SetClock,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.config.definition import Config
    from sandbox.document import Key
    from sandbox.document.verify import Verify
    from sandbox.scenario.definition import Scenario

NEWEST = "newest"
# What a produce step says about a fixture's rows, and what means nothing for written-out records.
ABOUT_ROWS = ("where", "order_by", "key", "timestamp", "tick")


@dataclass(frozen=True, slots=True)
class Story:
    """What a check looks at: the scenario, the sandbox that it is for, and how to complain."""

    scenario: Scenario
    config: Config
    verify: Verify


def check_steps(story: Story) -> None:
    """Raise ScenarioError at the first step that cannot be acted."""
    verbs = {kind: verb for verb, kind in steps.STEPS.items()}
    for at, step in enumerate(story.scenario.steps):
        CHECKS[type(step)](story, step, ("steps", at, verbs[type(step)]))
    names = (
        (step.name, ("steps", at, "run_sql", "name"))
        for at, step in enumerate(story.scenario.steps)
        if isinstance(step, RunSql) and step.name is not None
    )
    story.verify.unique(names, "name")


def _produce(story: Story, step: Produce, key: Key) -> None:
    """Check a topic (it must be declared: a typo would make a new one) and what goes there."""
    verify = story.verify
    verify.known(step.topic, story.config.stream.topics, (*key, "topic"), "declared topic")
    one = (step.source is None) != (not step.records)
    hint = "from: a fixture's table; records: written out"
    verify(one, key, "produce takes its records from one of from and records", hint)
    if step.source is None:
        _records(step, key, verify)
        return
    columns = _columns(story, step.source, (*key, "from"))
    for at, column in enumerate(step.key):
        verify.known(column, columns, (*key, "key", at), "column", of=step.source)
    endless = step.tick is not None and step.tick <= 0
    verify(not endless, (*key, "tick"), "a tick of no length never ends", "write it like 1h")
    if step.timestamp is not None:
        verify.known(step.timestamp, columns, (*key, "timestamp"), "column", of=step.source)
        return
    hint = "timestamp: the column of the records' time"
    verify(step.tick is None, (*key, "tick"), "to tick, the records' time must be known", hint)
    verify(step.pace.speed is None, (*key, "pace"), "original time must be known", hint)


def _records(step: Produce, key: Key, verify: Verify) -> None:
    for name in ABOUT_ROWS:
        message = f"{name} is about a fixture's rows, and these records are written out"
        verify(not verify.document.has((*key, name)), (*key, name), message, "take it out")
    hint = "write it like 200/s, or leave it out"
    verify(step.pace.speed is None, (*key, "pace"), "written records have no original time", hint)
    for at, record in enumerate(step.records):
        place = (*key, "records", at)
        said = [name for name in ("value", "text") if verify.document.has((*place, name))]
        message = "a record has one of value and text"
        verify(len(said) == 1, place, message, "value is sent as JSON, text as it stands")
        null = said == ["text"] and record.text is None
        verify(not null, (*place, "text"), "a text is wanted here, not nothing", 'write ""')


def _columns(story: Story, reference: str, key: Key) -> Mapping[str, str]:
    """Give the columns of `table`, of the scenario's own fixture, or of `fixture/table`."""
    given, verify = story.scenario.given.fixture, story.verify
    if "/" in reference or given is None:
        return columns_of(story.config, reference, key, verify)
    tables = tables_of(story.config, given, key, verify)
    verify.known(reference, tables, key, "table", of=given)
    return tables[reference].columns


def _put_object(story: Story, step: PutObject, key: Key) -> None:
    verify = story.verify
    buckets = story.config.object_store.buckets
    verify.known(step.bucket, buckets, (*key, "bucket"), "declared bucket")
    verify(step.key, (*key, "key"), "the key of an object is not empty")
    one = (step.file is None) != (step.text is None)
    verify(one, key, "put_object puts one of file and text")
    if step.file is not None:
        path = story.scenario.path.parent / step.file
        hint = "its path is relative to the scenario"
        verify(path.is_file(), (*key, "file"), f"there is no file {path}", hint)


def _call_model(story: Story, step: CallModel, key: Key) -> None:
    story.verify(step.inputs, (*key, "inputs"), "a model needs one input or more")
    for name, rows in step.inputs.items():
        place = (*key, "inputs", name)
        story.verify(isinstance(rows, list), place, "an input is a list of rows", "- [1.5, 2]")


def _set_clock(story: Story, step: SetClock, key: Key) -> None:
    place, hint = (*key, "now"), f"write it like 2013-06-08T14:00:00Z, or {NEWEST}"
    if step.now == NEWEST:
        return
    try:
        moment = datetime.fromisoformat(step.now)
    except ValueError as problem:
        raise story.verify.wrong(place, f"{step.now!r} is no time", hint) from problem
    message = f"the time {step.now} has no zone"
    story.verify(moment.tzinfo is not None, place, message, "end it with Z, for UTC")


def _fail_requests(story: Story, step: FailRequests, key: Key) -> None:
    """Check that the rule says all it must; the stream alone knows which APIs and errors there are."""
    verify = story.verify
    hint = "such as NOT_LEADER_OR_FOLLOWER"
    named = (step.error is not None) == (step.action == "error")
    verify(named, key, "the action `error`, and no other, names an error", hint)
    timed = bool(step.seconds) == (step.action == "delay")
    verify(timed, key, "the action `delay`, and no other, says how many seconds", "seconds: 0.5")
    more = step.times is None or step.times > 0
    verify(more, (*key, "times"), "a fault meets one request or more", "null means all")
    likely = 0 < step.chance <= 1
    verify(likely, (*key, "chance"), "a chance is above 0, and 1 at the most", "write it like 0.1")


def _process(story: Story, step: Any, key: Key) -> None:
    names = [*SERVICES, *story.config.apps]
    story.verify.known(step.name, names, (*key, "name"), "service or app")


def _nothing(_story: Story, _step: Any, _key: Key) -> None:
    """Check nothing: the step's types say it all."""


CHECKS: Mapping[type[steps.Step], Callable[[Story, Any, Key], None]] = {
    Produce: _produce,
    PutObject: _put_object,
    CallModel: _call_model,
    RunSql: _nothing,
    steps.Start: _process,
    steps.Stop: _process,
    steps.Kill: _process,
    steps.Restart: _process,
    SetClock: _set_clock,
    steps.Settle: _nothing,
    FailRequests: _fail_requests,
    steps.Outage: _nothing,
    steps.Rebalance: _nothing,
    steps.ExpireSessions: _nothing,
    steps.LiftFaults: _nothing,
}
