"""Services that run already: another sandbox stands for staging, with data of others in it."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from sandbox import Session, load_config, load_scenario, temporary
from sandbox.config.definition import App, Bucket, External, Topic
from sandbox.errors import ConfigError, EnvironmentFailedError, ServiceFailedError, UsageError
from sandbox.services.environment import ACCOUNT
from sandbox.services.stream_client import Message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.config.definition import Config

OURS = """\
name = "ours"
runtime = "external"
[stream.topics.orders]
partitions = 2
[object_store.buckets.shelf]
seed = "shelf"
[object_store.buckets.archive]
[apps.reader]
command = ["{python}", "-c", "print('ready', flush=True); import signal; signal.pause()"]
ready = { log = "^ready" }
consumes = { orders = "reader" }
[external]
name = "staging"
"""

STORY = """\
claim: all is well
steps: [{produce: {topic: orders, records: [{value: {id: 1}}]}}]
expect: [{id: it, claim: it is so, violations: FROM range(0)}]
"""


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Run what others run."""
    file = tmp_path_factory.mktemp("staging") / "sandbox.toml"
    file.write_text('name = "staging"\n')
    with temporary(load_config(file, environ={}), "staging") as session:
        session.up()
        yield session


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the environment name the account of the staging's object store."""
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def config(staging: Session, tmp_path: Path) -> Iterator[Config]:
    """Give a sandbox on a staging that holds what others put there, and nothing else; end it."""
    staging.reset()
    with staging.live.stream() as client:
        client.create_topics({"theirs": Topic()})
        client.produce("theirs", [Message(b"keep me")])
    store = staging.live.object_store()
    store.apply({"attic": Bucket()})
    store.put("attic", "chest", b"gold")
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf/pen").write_text("blue")
    places = [
        f'stream = "{staging.live.endpoint("stream").address}"',
        f'object_store = "{staging.live.endpoint("object_store").url}"',
    ]
    (tmp_path / "sandbox.toml").write_text("\n".join([OURS, *places]))
    loaded = load_config(tmp_path / "sandbox.toml", environ={})
    yield loaded
    Session(loaded).down()


def held(staging: Session) -> dict[str, int]:
    """Count the records of each topic and the objects of each bucket, as the others see them."""
    live = staging.live
    with live.stream() as client:
        found = {topic: len(list(client.read(topic))) for topic in client.topics()}
    store = live.object_store()
    for bucket in store.buckets():
        found[bucket] = len(list(store.minio().list_objects(bucket, recursive=True)))
    return found


UNTOUCHED = {"theirs": 1, "attic": 1}


def test_apps_find_what_runs_already(staging: Session, config: Config) -> None:
    """Apps and SQL find it, what is declared and missing is made, and `down` ends none of it."""
    session = Session(config)
    status = session.up()
    assert session.env()["KAFKA_BOOTSTRAP_SERVERS"] == config.external.stream
    assert session.env()["AWS_ENDPOINT_URL_S3"] == config.external.object_store
    ran = {each.name: each.state for each in status.processes if each.pid is None}
    assert ran == {"stream": "ready", "object_store": "ready"}
    assert {each.name for each in status.processes if each.pid} >= {"model_server", "reader"}
    session.down()
    assert staging.status().up
    assert held(staging) == {**UNTOUCHED, "orders": 0, "shelf": 1, "archive": 0}


def test_a_topic_of_others_is_not_written_to(staging: Session, config: Config) -> None:
    """What is not declared is not written to, and not made by a slip either."""
    session = Session(config)
    session.up(apps=False)
    for topic in ("theirs", "order"):
        with pytest.raises(UsageError, match=f"the topic '{topic}' is not declared"):
            session.produce(topic, [1])
    assert held(staging) == {**UNTOUCHED, "orders": 0, "shelf": 1, "archive": 0}


def test_nothing_is_deleted_unless_it_is_allowed(staging: Session, config: Config) -> None:
    """Reset and replay are refused without the target's own name, and change nothing."""
    (config.folder / "story.yaml").write_text(STORY)
    story = load_scenario(config.folder / "story.yaml", config)
    Session(config).up()
    Session(config).produce("orders", [1, 2])
    wrongly = Session(config, allow="production")
    for session, said in ((Session(config), "external$"), (wrongly, "'production' was allowed")):
        for verb in (session.reset, partial(session.replay, story)):
            with pytest.raises(UsageError) as refused:
                verb()
            assert re.search(said, refused.value.message)
            assert "--allow staging" in str(refused.value)
    assert held(staging) == {**UNTOUCHED, "orders": 2, "shelf": 1, "archive": 0}


def test_only_what_is_declared_is_reset(staging: Session, config: Config) -> None:
    """Where it is allowed, topics, groups and buckets of others stay, and are not seen either."""
    session = Session(config, allow="staging")
    session.up()
    session.produce("orders", [1, 2])
    store = session.live.object_store()
    store.put("archive", "old", b"rows")
    store.put("shelf", "pen", b"red")
    session.reset()
    assert held(staging) == {**UNTOUCHED, "orders": 0, "shelf": 1, "archive": 0}
    assert store.minio().get_object("shelf", "pen").data == b"blue"
    tables = session.sql("SELECT schema || '.' || name FROM (SHOW ALL TABLES)").rows
    assert {name for (name,) in tables if name.startswith(("stream", "objects"))} == {
        "stream.orders",
        "objects.shelf",
        "objects.archive",
    }


def test_topics_stay_as_they_are(staging: Session, config: Config) -> None:
    """A reset deletes records: a topic of the staging keeps its partitions and settings."""
    theirs = Topic(partitions=3, config={"max.message.bytes": "2000"})
    with staging.live.stream() as client:
        client.create_topics({"orders": theirs})
    session = Session(config, allow="staging")
    session.up(apps=False)
    session.produce("orders", [1, 2])
    session.reset()
    assert held(staging)["orders"] == 0
    with staging.live.stream() as client:
        assert len(client.end_offsets(["orders"])) == theirs.partitions
    session.produce("orders", [3])
    session.settle()


def test_a_story_is_played_there(staging: Session, config: Config) -> None:
    """A replay that is allowed waits for the groups that are declared, and for no other."""
    (config.folder / "story.yaml").write_text(STORY + "given: {apps: []}\n")
    session = Session(config, allow="staging")
    session.up()
    result = session.replay(load_scenario(config.folder / "story.yaml", config))
    assert (result.verdict, result.error, result.runtime) == ("passed", None, "external")
    assert held(staging)["orders"] == 1


def test_seeding_replaces_nothing_unless_it_is_allowed(staging: Session, config: Config) -> None:
    """Where a bucket holds another object than the seed's, `up` is refused and starts nothing."""
    store = staging.live.object_store()
    store.apply({"shelf": Bucket()})
    store.put("shelf", "pen", b"theirs")
    store.put("shelf", "ink", b"theirs")
    with pytest.raises(UsageError, match="seeding shelf would change data"):
        Session(config).up()
    assert held(staging) == {**UNTOUCHED, "shelf": 2}
    assert Session(config).status().processes == ()
    Session(config, allow="staging").up()
    assert store.minio().get_object("shelf", "pen").data == b"blue"
    assert store.minio().get_object("shelf", "ink").data == b"theirs"
    # What is there as it is seeded stands in nobody's way.
    Session(config).down()
    Session(config).up()


def test_versions_are_not_switched_on_for_others(staging: Session, config: Config) -> None:
    """A bucket of others does not begin to keep versions, which S3 could not take back."""
    store = staging.live.object_store()
    store.apply({"archive": Bucket()})
    versioned = {**config.object_store.buckets, "archive": Bucket(versioning=True)}
    asking = replace(config, object_store=replace(config.object_store, buckets=versioned))
    with pytest.raises(UsageError, match="seeding archive would change data"):
        Session(asking).up()
    assert store.minio().get_bucket_versioning("archive").status != "Enabled"


def test_what_is_missing_is_found_before_anything_is_changed(
    staging: Session, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a variable or an account neither `up` nor an allowed reset does half of its work."""
    external = replace(config.external, kafka={"sasl.password": "$NOBODY_SET_THIS"})
    with pytest.raises(ConfigError, match=r'external\.kafka\."?sasl\.password'):
        Session(replace(config, external=external)).up()
    contained = {"boxed": App(image="boxed:1")}
    with pytest.raises(ConfigError, match=r"apps\.boxed: .* runs in containers only"):
        Session(replace(config, apps=contained)).up()
    assert held(staging) == UNTOUCHED
    session = Session(config, allow="staging")
    session.up()
    session.produce("orders", [1])
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(EnvironmentFailedError, match="export AWS_ACCESS_KEY_ID"):
        session.reset()
    assert held(staging)["orders"] == 1
    assert session.live.running_apps() == ["reader"]


@pytest.mark.parametrize("verb", ["start", "stop", "kill"])
def test_what_others_run_is_not_ours_to_end(staging: Session, config: Config, verb: str) -> None:
    """An external service can neither be started nor ended."""
    session = Session(config, allow="staging")
    session.up(apps=False)
    with pytest.raises(UsageError, match="stream is external \\('staging'\\)"):
        getattr(session, verb)("stream")
    assert staging.status().up


def test_a_target_that_is_away_is_named(config: Config) -> None:
    """Where nobody listens, `up` says which key says so, and leaves nothing behind."""
    away = replace(config, external=replace(config.external, object_store="http://127.0.0.1:1"))
    with pytest.raises(EnvironmentFailedError, match=r"external\.object_store: nobody listens"):
        Session(away).up()
    assert Session(config).status().processes == ()


@pytest.mark.parametrize("step", ["outage: 1s", "kill: stream"])
def test_what_cannot_be_played_there_touches_nothing(
    staging: Session, config: Config, step: str
) -> None:
    """A scenario with faults, or that ends what others run, is skipped before the reset."""
    (config.folder / "story.yaml").write_text(STORY.replace("steps: [", f"steps: [{step}, "))
    session = Session(config, allow="staging")
    session.up(apps=False)
    session.produce("orders", [1])
    result = session.replay(load_scenario(config.folder / "story.yaml", config))
    assert (result.verdict, result.exit_code, len(result.warnings)) == ("skipped", 0, 1)
    assert held(staging)["orders"] == 1


def test_a_place_that_is_no_object_store_is_named(staging: Session, config: Config) -> None:
    """Another server at the store's address is told from a store, shortly."""
    another = staging.live.endpoint("feature_server").url
    wrong = replace(config, external=replace(config.external, object_store=another))
    with pytest.raises(ServiceFailedError, match=f"the object store at {another} does not do"):
        Session(wrong).up()


def test_an_external_server_that_died_is_away(staging: Session, config: Config) -> None:
    """Behind its link too, a server that nobody finds any more is told."""
    external = replace(config.external, model_server=staging.live.endpoint("model_server").url)
    session = Session(replace(config, external=external))
    session.up(apps=False)

    def seen() -> tuple[str, str]:
        (found,) = [each for each in session.status().processes if each.name == "model_server"]
        return found.kind, found.state

    assert seen() == ("external", "ready")
    staging.kill("model_server")
    try:
        assert seen() == ("external", "away")
    finally:
        staging.up()


def test_no_account_is_said_so(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without keys in the environment, `up` says what to export."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(EnvironmentFailedError, match="export AWS_ACCESS_KEY_ID"):
        Session(config).up()


def test_another_target_is_not_taken_for_the_first(config: Config) -> None:
    """A sandbox that is up stays with the target that it was started with."""
    Session(config).up(apps=False)
    other = replace(config, external=replace(config.external, name="production"))
    with pytest.raises(UsageError, match="is up with 'staging', and"):
        Session(other).up()
    with pytest.raises(UsageError, match="'staging'"):
        Session(other, allow="production").reset()


def test_a_day_passes_there(reference: Config) -> None:
    """The reference product's day is the same, with its model server elsewhere and seen on its way."""
    story = load_scenario(
        reference.folder / "scenarios/pitfalls/p06_end_to_end_day.yaml", reference
    )
    with temporary(reference, "staging") as there:
        there.up(apps=False)
        external = External(
            name="staging",
            stream=there.live.endpoint("stream").address,
            object_store=there.live.endpoint("object_store").url,
            model_server=there.live.endpoint("model_server").url,
        )
        ours = replace(reference, runtime="external", external=external)
        with temporary(ours, "external", allow="staging") as session:
            session.up()
            result = session.replay(story)
            calls = session.sql("SELECT DISTINCT status FROM calls.model_server").rows
        assert there.status().up
    assert (result.verdict, result.error) == ("passed", None)
    assert calls == ((200,),)
